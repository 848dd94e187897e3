//! What stories stand on.
pub(crate) mod actor;
pub(crate) mod folder;
pub(crate) mod http;
pub(crate) mod killed;
pub(crate) mod live;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod readme;
pub(crate) mod receiver;
pub(crate) mod redis;
pub(crate) mod rounds;
pub(crate) mod serving;
pub(crate) mod worker;
pub(crate) mod world;
