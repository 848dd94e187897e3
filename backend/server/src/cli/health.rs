//! `jicai health`, for whoever runs the service in a container that holds nothing else to ask it with.
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::cli::platform::{Failure, say, settings_of_environment};

const WAIT: Duration = Duration::from_secs(4);
const ANSWER_BYTES_MAX: u64 = 4_096;

/// Asks the service at the address of the settings whether it is ready.
pub(super) fn run() -> Result<(), Failure> {
    let address = reachable(settings_of_environment()?.listen);
    let answer = ask(address).map_err(|error| format!("{address} does not answer: {error}"))?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        return say(format!("{address} is ready."));
    }
    Err(format!("{address} is not ready: {}", answer.lines().last().unwrap_or_default()).into())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}

/// A service that listens on every address is asked on the machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let own = match listen.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    let address = if listen.ip().is_unspecified() { own } else { listen.ip() };
    SocketAddr::new(address, listen.port())
}
