//! The sockets of clients: how many there may be, and until when each may keep the server waiting.

use super::proxies::Proxies;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream as AsyncStream;
use parking_lot::Mutex;
use rustix::net::{Shutdown, shutdown};
use std::any::Any;
use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// The most sockets in all.
const MOST: usize = 2_048;

/// The most sockets of one address that is no trusted proxy.
const MOST_OF_ADDRESS: usize = 512;

/// How long a socket may be open without a whole head of a request.
pub const HEAD: Duration = Duration::from_secs(10);

/// How long an answer may wait to be taken.
const ANSWER: Duration = Duration::from_secs(30);

/// How long a request may take from its head to its answer: its body, its work and its record have shorter bounds of their own.
const REQUEST: Duration = Duration::from_secs(40);

/// How often sockets are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// All open sockets.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<Open>>,
    proxies: Proxies,
}

#[derive(Default)]
struct Open {
    sockets: HashMap<u64, Arc<Socket>>,
    of_address: HashMap<IpAddr, usize>,
    refused: u64,
    /// Sockets that were closed to make room and have not ended yet.
    making_room: usize,
    last: u64,
}

struct Socket {
    /// The same socket once more: only so can it be closed while the server waits for it.
    stream: OwnedFd,
    deadline: Mutex<Instant>,
    /// Whether a client has asked something over it.
    proved: AtomicBool,
    /// Whether it was closed to make room.
    closed: AtomicBool,
}

/// An open socket; it is counted until this is dropped.
pub struct Connection {
    number: u64,
    address: IpAddr,
    socket: Arc<Socket>,
    open: Weak<Mutex<Open>>,
}

impl Connections {
    /// Watches sockets; those of trusted proxies may be as many as there may be in all.
    pub fn watched(proxies: Proxies) -> Self {
        let connections = Self { open: Arc::default(), proxies };
        let open = Arc::downgrade(&connections.open);
        std::thread::spawn(move || {
            while let Some(open) = open.upgrade() {
                open.lock().close_late();
                drop(open);
                std::thread::sleep(LOOK);
            }
        });
        connections
    }

    /// Takes a socket that was accepted. One too many, or one that cannot be watched, is closed at once.
    pub fn accept(&self, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<AsyncStream>() else { return };
        match self.watch(stream) {
            Some(connection) => drop(data.insert(Arc::new(connection))),
            None => {
                self.open.lock().refused += 1;
                close(stream);
            }
        }
    }

    fn watch(&self, stream: &AsyncStream) -> Option<Connection> {
        let peer = stream.peer_addr().ok()?.ip();
        let address = group(peer);
        let twin = stream.as_fd().try_clone_to_owned().ok()?;
        let mut open = self.open.lock();
        if open.sockets.len() >= MOST {
            open.make_room();
        }
        let of_address = open.of_address.get(&address).copied().unwrap_or_default();
        let is_one_too_many = of_address >= MOST_OF_ADDRESS && !self.proxies.include(peer);
        if is_one_too_many || open.sockets.len() >= MOST + open.making_room {
            return None;
        }
        let socket = Arc::new(Socket {
            stream: twin,
            deadline: Mutex::new(Instant::now() + HEAD),
            proved: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        });
        open.last += 1;
        let number = open.last;
        open.sockets.insert(number, Arc::clone(&socket));
        *open.of_address.entry(address).or_default() += 1;
        Some(Connection { number, address, socket, open: Arc::downgrade(&self.open) })
    }

    /// How many sockets are open, and how many were closed at once because they were too many.
    pub fn counted(&self) -> (usize, u64) {
        let open = self.open.lock();
        (open.sockets.len(), open.refused)
    }
}

impl Open {
    /// Closes the oldest socket over which no client has asked anything: strangers keep no client out.
    fn make_room(&mut self) {
        let strange =
            |socket: &Socket| !socket.proved.load(Ordering::Relaxed) && !socket.closed.load(Ordering::Relaxed);
        let oldest = self.sockets.iter().filter(|(_, socket)| strange(socket)).min_by_key(|(number, _)| **number);
        if let Some((_, socket)) = oldest {
            socket.closed.store(true, Ordering::Relaxed);
            close(&socket.stream);
            self.refused += 1;
            self.making_room += 1;
        }
    }

    fn close_late(&mut self) {
        let now = Instant::now();
        self.sockets.values().filter(|socket| *socket.deadline.lock() <= now).for_each(|socket| close(&socket.stream));
    }
}

/// Closes both ways. A socket whose other end has gone is closed already.
fn close(socket: impl AsFd) {
    let _ = shutdown(socket, Shutdown::Both);
}

impl Connection {
    /// A client has asked something.
    pub fn is_clients(&self) {
        self.socket.proved.store(true, Ordering::Relaxed);
    }

    /// A request has begun.
    pub fn is_asked(&self) {
        self.socket.wait(REQUEST);
    }

    /// An answer is ready to be taken.
    pub fn is_answered(&self) {
        self.socket.wait(ANSWER);
    }

    /// An answer was taken.
    pub fn is_free(&self) {
        self.socket.wait(HEAD);
    }
}

impl Socket {
    fn wait(&self, at_most: Duration) {
        *self.deadline.lock() = Instant::now() + at_most;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(open) = self.open.upgrade() else { return };
        let mut open = open.lock();
        open.sockets.remove(&self.number);
        open.making_room -= usize::from(self.socket.closed.load(Ordering::Relaxed));
        if let Some(count) = open.of_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.of_address.remove(&self.address);
            }
        }
    }
}

/// Whose sockets are counted together: an IPv4 address, or the half of an IPv6 address that one network has.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}
