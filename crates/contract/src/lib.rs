//! carehub-contract
