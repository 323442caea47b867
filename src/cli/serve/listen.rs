//! Where the server listens, and why it cannot.

use std::io;
use std::str::FromStr;

use tokio::net::TcpListener;

use super::super::AsUsage;

/// A host and a port, as the user wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: u16,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected HOST:PORT, for instance 127.0.0.1:8000 or [::1]:8000, got `{text}`");
        let (host, port) = text.rsplit_once(':').ok_or_else(expected)?;
        let port = port.parse().map_err(|_| expected())?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if host.is_empty() || (bare.is_none() && host.contains(':')) {
            return Err(expected());
        }
        Ok(Self { host: bare.unwrap_or(host).to_owned(), port })
    }
}

/// Listens there.
pub(super) async fn bind(address: &Address) -> anyhow::Result<TcpListener> {
    let Address { host, port } = address;
    match TcpListener::bind((host.as_str(), *port)).await {
        Ok(listener) => Ok(listener),
        Err(error) => {
            let (hint, at_the_caller) = remedy(error.kind());
            let error = anyhow::Error::new(error).context(format!("cannot listen on `{host}`, port {port}{hint}"));
            if at_the_caller { Err(error).usage() } else { Err(error) }
        }
    }
}

/// What to do about an error, and whether the command is at fault.
fn remedy(kind: io::ErrorKind) -> (&'static str, bool) {
    match kind {
        io::ErrorKind::AddrInUse => (
            "\nhint: another program listens there; name another port with `--address`, or port 0 for a free one",
            false,
        ),
        io::ErrorKind::PermissionDenied => {
            ("\nhint: ports below 1024 are the administrator's; name another with `--address`", true)
        }
        io::ErrorKind::AddrNotAvailable => {
            ("\nhint: this machine has no such address; 127.0.0.1 is itself, 0.0.0.0 all that it has", true)
        }
        _ => ("", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let address = |host: &str, port| Ok(Address { host: host.into(), port });
        assert_eq!("127.0.0.1:0".parse(), address("127.0.0.1", 0));
        assert_eq!("localhost:8000".parse(), address("localhost", 8000));
        assert_eq!("[::1]:8000".parse(), address("::1", 8000));
        for text in ["8000", ":8000", "localhost", "::1:8000", "a:99999", "a:", "http://a:80"] {
            let refused = text.parse::<Address>().unwrap_err();
            assert!(refused.starts_with("expected HOST:PORT"), "{refused}");
        }
    }
}
