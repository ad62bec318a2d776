//! System tests: a real nats-server and real processes.
