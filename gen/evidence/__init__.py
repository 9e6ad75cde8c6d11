"""What an assessor asks for: proofs of the generated C, function by function, with all that they rest on."""
