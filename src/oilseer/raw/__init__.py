"""What the vendor delivered, as typed rows; one table spec a kind of delivery."""
