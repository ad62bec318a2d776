//! carehub

pub mod nats;
