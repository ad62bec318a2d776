//! System tests: a real nats-server and real processes.

mod harness;
mod isolation;
mod supervision;
