"""AutoGluon is asked for what machine and weights allow, and says why."""

import pytest

from oilseer.models.presets import preset, preset_here


def test_small_machine_is_asked_for_trees_alone_and_told_what_more_would_bring():
    chosen = preset(2, 8, ())
    assert chosen.name == "medium"
    assert chosen.asked() == ("LightGBM_BAG_L1", "CatBoost_BAG_L1", "ExtraTrees_BAG_L1")
    assert "2 cores, 8 GiB" in chosen.why
    assert "4 cores" in chosen.why


def test_more_cores_add_networks_and_a_layer_that_is_stacked_on_the_first():
    chosen = preset(8, 32, ())
    assert chosen.name == "good"
    assert {"NeuralNetTorch_BAG_L1", "NeuralNetTorch_BAG_L2", "RandomForest_BAG_L2"} <= set(chosen.asked())
    assert "no pretrained weights" in chosen.why


@pytest.mark.parametrize(("cores", "memory", "name"), [(16, 8, "good"), (3, 64, "medium"), (16, 4, "medium")])
def test_the_scarcer_of_cores_and_memory_decides(cores, memory, name):
    assert preset(cores, memory, ()).name == name


def test_pretrained_models_are_asked_for_only_where_their_weights_are():
    assert "TabICL_BAG_L1" in preset(16, 64, ("TABICL",)).asked()
    assert "TABICL" in preset(16, 64, ("TABICL",)).why
    assert not any(name.startswith("TabICL") for name in preset(16, 64, ()).asked())


def test_this_machine_is_measured():
    assert "cores" in preset_here().why
