//! carehub-storage
