"""The AutoGluon models read features that exist, of the bucket they are named for."""

import pytest

from oilseer.features.buckets import CORE
from oilseer.features.registry import FEATURES
from oilseer.models.specialist_features import BUCKETS, MAIN, READS

BUCKET = {feature.name: feature.bucket for feature in FEATURES}
REGISTERED = set(BUCKET.values())


def test_there_is_a_specialist_for_each_bucket_and_a_main_model():
    assert set(BUCKETS) == REGISTERED
    assert set(READS) == {"AutoGluon-main", *(f"AutoGluon-{bucket}" for bucket in REGISTERED)}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_specialist_reads_its_own_bucket_and_what_every_bucket_inherits(bucket):
    reads = READS[f"AutoGluon-{bucket}"]
    assert len(set(reads)) == len(reads)
    assert {name for name in reads if BUCKET[name] != bucket} <= set(CORE)
    assert sum(BUCKET[name] == bucket for name in reads) >= 6


def test_main_model_looks_at_every_bucket():
    assert len(set(MAIN)) == len(MAIN)
    assert {BUCKET[name] for name in MAIN} == REGISTERED
