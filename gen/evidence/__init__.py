"""Material for assessors: proofs of the generated C, function by function, with all their assumptions."""
