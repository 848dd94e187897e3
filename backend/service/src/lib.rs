//! Use cases: who asks, may they, one transaction, the rules, the store, the log.
