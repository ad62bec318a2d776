//! carehub

pub mod nats;
pub mod policy_files;
