// Made by `build/idl`. Change the interface, not this.

/// Which interface this is.
pub const INTERFACE: &str = "Example";
/// Changes with every change that a message, an answer or an error could show.
pub const INTERFACE_HASH: u64 = 0xeac6dfed2878400c;

/// Declared before the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(::serde::Serialize, ::serde::Deserialize)]
#[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
#[zerocopy(crate = "::userlib::ipc::zerocopy")]
#[repr(C)]
pub struct Point {
    /// `x`
    pub x: i32,
    /// `y`
    pub y: i32,
}

impl ::userlib::ipc::Fixed for Point {}

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(::serde::Serialize, ::serde::Deserialize)]
#[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
#[zerocopy(crate = "::userlib::ipc::zerocopy")]
#[repr(u8)]
pub enum Volume {
    /// `Silent`
    Silent = 0,
    /// `Loud`
    Loud = 200,
}

impl ::userlib::ipc::Fixed for Volume {}

/// `Balance`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
#[zerocopy(crate = "::userlib::ipc::zerocopy")]
#[repr(i16)]
pub enum Balance {
    /// `Left`
    Left = -1,
    /// `Middle`
    Middle = 0,
    /// `Right`
    Right = 1,
}

impl ::userlib::ipc::Fixed for Balance {}

/// Everything that a fixed layout may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
#[zerocopy(crate = "::userlib::ipc::zerocopy")]
#[repr(C)]
pub struct State {
    /// `counter`
    pub counter: u64,
    /// `at`
    pub at: [Point; 2],
    /// `volume`
    pub volume: Volume,
    /// `muted`
    pub muted: bool,
    /// `balance`
    pub balance: Balance,
    /// `reserved`
    pub reserved: [u8; 4],
}

impl ::userlib::ipc::Fixed for State {}

/// With data, so only by ssmarshal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(::serde::Serialize, ::serde::Deserialize)]
#[repr(u8)]
pub enum Value {
    /// None at all.
    Nothing,
    /// `Number`
    Number(u32),
    /// `Flag`
    Flag(bool),
    /// `Pair`
    Pair(u8, Point),
    /// `Named`
    Named([u8; 4], Volume),
}

/// Why it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ExampleError {
    /// Nothing was there.
    Empty = 1,
    /// It was too much.
    TooMuch = 2147483648,
}

impl ::userlib::ipc::ErrorCode for ExampleError {
    fn from_code(code: u32) -> ::core::option::Option<Self> {
        ::core::option::Option::Some(match code {
            1 => Self::Empty,
            2147483648 => Self::TooMuch,
            _ => return ::core::option::Option::None,
        })
    }
    fn code(self) -> u32 {
        self as u32
    }
}

impl ::core::convert::From<ExampleError> for u32 {
    fn from(error: ExampleError) -> Self {
        error as Self
    }
}

impl ::core::convert::TryFrom<u32> for ExampleError {
    type Error = u32;
    fn try_from(code: u32) -> ::core::result::Result<Self, u32> {
        <Self as ::userlib::ipc::ErrorCode>::from_code(code).ok_or(code)
    }
}

impl ::core::convert::From<ExampleError> for ::userlib::ipc::Refuse<ExampleError> {
    fn from(error: ExampleError) -> Self {
        Self::Error(error)
    }
}

/// Numbers of the operations.
pub mod op {
    /// `ping`
    pub const PING: u16 = 1;
    /// `add`
    pub const ADD: u16 = 2;
    /// `set`
    pub const SET: u16 = 3;
    /// `get`
    pub const GET: u16 = 4;
    /// `reverse`
    pub const REVERSE: u16 = 5;
    /// `increment`
    pub const INCREMENT: u16 = 6;
    /// `wait`
    pub const WAIT: u16 = 7;
    /// `put`
    pub const PUT: u16 = 8;
    /// `count`
    pub const COUNT: u16 = 9;
    /// `die`
    pub const DIE: u16 = 65535;
}

/// Arguments as they travel.
pub mod message {
    use ::userlib::ipc;

    /// Of `add`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Add {
        /// `big`
        pub big: u64,
        /// `small`
        pub small: u8,
        /// `sign`
        pub sign: bool,
        /// Up to a multiple of the alignment.
        pub zeros_: [ipc::Zero; 6],
    }
    impl ipc::Fixed for Add {}

    /// Of `set`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Set {
        /// `state`
        pub state: super::State,
        /// `volume`
        pub volume: super::Volume,
        /// Up to a multiple of the alignment.
        pub zeros_: [ipc::Zero; 7],
    }
    impl ipc::Fixed for Set {}

    /// Of `reverse`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Reverse {
        /// `offset`
        pub offset: u32,
    }
    impl ipc::Fixed for Reverse {}

    /// Of `wait`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Wait {
        /// `number`
        pub number: u16,
    }
    impl ipc::Fixed for Wait {}

    /// Of `put`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::serde::Serialize, ::serde::Deserialize)]
    #[repr(C)]
    pub struct Put {
        /// `place`
        pub place: u16,
        /// `value`
        pub value: super::Value,
    }
    impl ipc::Wire for Put {
        const MAX: usize = 12;
        const EXACT: bool = false;
        fn store<'r>(&self, room: &'r mut [u8]) -> Option<ipc::Payload<'r>> {
            let room = room.get_mut(..12)?;
            let length = ::ssmarshal::serialize(room, self).ok()?;
            Some(ipc::Payload::new(room.get(..length)?))
        }
    }
    impl ipc::Decode<'_> for Put {
        fn decode(bytes: &[u8]) -> Result<Self, ipc::ReplyFault> {
            // Zeros follow, since ssmarshal does not expect a message to end early.
            let mut whole = [0; 12];
            let Some(start) = whole.get_mut(..bytes.len()) else {
                return Err(ipc::ReplyFault::BadMessageSize);
            };
            start.copy_from_slice(bytes);
            match ::ssmarshal::deserialize(&whole) {
                Ok((value, used)) if used == bytes.len() => Ok(value),
                Ok(_) => Err(ipc::ReplyFault::BadMessageSize),
                Err(_) => Err(ipc::ReplyFault::BadMessageContents),
            }
        }
    }

    /// Of `die`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Die {
        /// `hollow`
        pub hollow: [super::Volume; 3],
    }
    impl ipc::Fixed for Die {}
}

/// Values as they travel back.
pub mod answer {
    use ::userlib::ipc;

    /// Of `put`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::serde::Serialize, ::serde::Deserialize)]
    pub struct Put(pub super::Value);
    impl ::core::convert::From<super::Value> for Put {
        fn from(value: super::Value) -> Self {
            Self(value)
        }
    }
    impl ipc::Wire for Put {
        const MAX: usize = 10;
        const EXACT: bool = false;
        fn store<'r>(&self, room: &'r mut [u8]) -> Option<ipc::Payload<'r>> {
            let room = room.get_mut(..10)?;
            let length = ::ssmarshal::serialize(room, self).ok()?;
            Some(ipc::Payload::new(room.get(..length)?))
        }
    }
    impl ipc::Decode<'_> for Put {
        fn decode(bytes: &[u8]) -> Result<Self, ipc::ReplyFault> {
            // Zeros follow, since ssmarshal does not expect a message to end early.
            let mut whole = [0; 10];
            let Some(start) = whole.get_mut(..bytes.len()) else {
                return Err(ipc::ReplyFault::BadMessageSize);
            };
            start.copy_from_slice(bytes);
            match ::ssmarshal::deserialize(&whole) {
                Ok((value, used)) if used == bytes.len() => Ok(value),
                Ok(_) => Err(ipc::ReplyFault::BadMessageSize),
                Err(_) => Err(ipc::ReplyFault::BadMessageContents),
            }
        }
    }
}

/// The asking side.
pub mod client {
    use ::userlib::ipc;

    /// One of everything, for the tests.
    ///
    /// It does nothing useful.
    #[derive(Clone, Debug)]
    pub struct Example {
        link: ipc::Link,
    }

    impl Example {
        /// A client of the task behind this slot.
        #[must_use]
        pub fn new(slot: ::userlib::Slot) -> Self {
            Self { link: ipc::Link::new(slot) }
        }

        /// A client of this task.
        #[must_use]
        pub const fn to(server: ipc::TaskId) -> Self {
            Self { link: ipc::Link::to(server) }
        }

        /// Every later call gives up at this time of the machine's counter.
        pub fn set_deadline(&self, deadline: u64) {
            self.link.set_deadline(deadline);
        }

        /// No arguments, no answer.
        #[inline]
        pub fn ping(&self) -> Result<(), ipc::ClientError> {
            let message_ = ();
            self.link.call(super::op::PING, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Never)
        }

        /// Adds; refuses if the sum is too large for 32 bits.
        #[inline]
        pub fn add(&self, small: u8, big: u64, sign: bool) -> Result<u64, ipc::ClientError<super::ExampleError>> {
            let message_ = super::message::Add { big, small, sign, zeros_: [ipc::Zero::Zero; 6] };
            self.link.call(super::op::ADD, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Idempotent)
        }

        /// `set`
        #[inline]
        pub fn set(&self, state: super::State, volume: super::Volume) -> Result<(), ipc::ClientError<super::ExampleError>> {
            let message_ = super::message::Set { state, volume, zeros_: [ipc::Zero::Zero; 7] };
            self.link.call(super::op::SET, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Never)
        }

        /// `get`
        #[inline]
        pub fn get(&self) -> Result<super::State, ipc::ClientError> {
            let message_ = ();
            self.link.call(super::op::GET, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Idempotent)
        }

        /// Copies `data` to `copy`, backwards.
        ///
        /// `data`: at most 10000 bytes.
        ///
        /// `copy`: at most 10000 bytes.
        #[inline]
        pub fn reverse(&self, data: &[u8], offset: u32, copy: &mut [u8]) -> Result<u32, ipc::ClientError<super::ExampleError>> {
            if data.len() > 10000 {
                return Err(ipc::ClientError::TooLong);
            }
            if copy.len() > 10000 {
                return Err(ipc::ClientError::TooLong);
            }
            let message_ = super::message::Reverse { offset };
            self.link.call(super::op::REVERSE, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[ipc::Lend::read(data), ipc::Lend::write(copy)], ipc::Retry::Idempotent)
        }

        /// `increment`
        ///
        /// `bytes`: at most 64 bytes.
        #[inline]
        pub fn increment(&self, bytes: &mut [u8]) -> Result<bool, ipc::ClientError> {
            if bytes.len() > 64 {
                return Err(ipc::ClientError::TooLong);
            }
            let message_ = ();
            self.link.call(super::op::INCREMENT, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[ipc::Lend::read_write(bytes)], ipc::Retry::Never)
        }

        /// Answers when a notification comes.
        #[inline]
        pub fn wait(&self, number: u16) -> Result<[u16; 3], ipc::ClientError<super::ExampleError>> {
            let message_ = super::message::Wait { number };
            self.link.call(super::op::WAIT, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Never)
        }

        /// `put`
        #[inline]
        pub fn put(&self, place: u16, value: super::Value) -> Result<super::Value, ipc::ClientError<super::ExampleError>> {
            let message_ = super::message::Put { place, value };
            self.link.call(super::op::PUT, &message_, &mut ipc::Buffer::<12>::new(), &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Never).map(|super::answer::Put(value_)| value_)
        }

        /// `count`
        #[inline]
        pub fn count(&self) -> Result<u32, ipc::ClientError> {
            let message_ = ();
            self.link.call(super::op::COUNT, &message_, &mut ipc::Buffer::<0>::new(), &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Never)
        }

        /// Faults its caller.
        #[inline]
        pub fn die(&self, hollow: [super::Volume; 3]) -> Result<super::Balance, ipc::ClientError> {
            let message_ = super::message::Die { hollow };
            self.link.call(super::op::DIE, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Idempotent)
        }
    }
}

/// The answering side.
pub mod server {
    use ::userlib::ipc;
    pub use ::userlib::ipc::Refuse;

    /// One of everything, for the tests.
    ///
    /// It does nothing useful.
    pub trait Example {
        /// No arguments, no answer.
        fn ping(&mut self, caller: ipc::Caller) -> Result<(), Refuse>;

        /// Adds; refuses if the sum is too large for 32 bits.
        fn add(&mut self, caller: ipc::Caller, small: u8, big: u64, sign: bool) -> Result<u64, Refuse<super::ExampleError>>;

        /// `set`
        fn set(&mut self, caller: ipc::Caller, state: super::State, volume: super::Volume) -> Result<(), Refuse<super::ExampleError>>;

        /// `get`
        fn get(&mut self, caller: ipc::Caller) -> Result<super::State, Refuse>;

        /// Copies `data` to `copy`, backwards.
        fn reverse(&mut self, caller: ipc::Caller, data: ipc::Lease<ipc::Read>, offset: u32, copy: ipc::Lease<ipc::Write>) -> Result<u32, Refuse<super::ExampleError>>;

        /// `increment`
        fn increment(&mut self, caller: ipc::Caller, bytes: ipc::Lease<ipc::ReadWrite>) -> Result<bool, Refuse>;

        /// Answers when a notification comes.
        fn wait(&mut self, caller: ipc::Caller, number: u16) -> Result<[u16; 3], Refuse<super::ExampleError>>;

        /// `put`
        fn put(&mut self, caller: ipc::Caller, place: u16, value: super::Value) -> Result<super::Value, Refuse<super::ExampleError>>;

        /// `count`
        fn count(&mut self, caller: ipc::Caller) -> Result<u32, Refuse>;

        /// Faults its caller.
        fn die(&mut self, caller: ipc::Caller, hollow: [super::Volume; 3]) -> Result<super::Balance, Refuse>;

        /// These notifications came.
        fn notified(&mut self, bits: ipc::Bits) {
            let _ = bits;
        }
    }

    /// Serves for ever, and passes on these notifications.
    pub fn serve<S: Example>(notifications: impl Into<ipc::Bits>, server: S) -> ! {
        ipc::serve(notifications.into(), &mut Serve(server), &mut ipc::Buffer::<40>::new(), &mut ipc::Buffer::<10>::new())
    }

    /// A server as the receive loop sees it.
    #[derive(Debug)]
    pub struct Serve<S>(pub S);

    impl<S: Example> ipc::Dispatch for Serve<S> {
        #[inline(always)]
        fn dispatch<'r>(&mut self, request: &ipc::Request<'_>, room: &'r mut [u8]) -> ipc::Outcome<'r> {
            let outcome = match request.operation() {
                super::op::PING => decode_ping(&mut self.0, request, room),
                super::op::ADD => decode_add(&mut self.0, request, room),
                super::op::SET => decode_set(&mut self.0, request, room),
                super::op::GET => decode_get(&mut self.0, request, room),
                super::op::REVERSE => decode_reverse(&mut self.0, request, room),
                super::op::INCREMENT => decode_increment(&mut self.0, request, room),
                super::op::WAIT => decode_wait(&mut self.0, request, room),
                super::op::PUT => decode_put(&mut self.0, request, room),
                super::op::COUNT => decode_count(&mut self.0, request, room),
                super::op::DIE => decode_die(&mut self.0, request, room),
                _ => Err(ipc::Outcome::Fault(ipc::ReplyFault::UndefinedOperation)),
            };
            match outcome {
                Ok(outcome) | Err(outcome) => outcome,
            }
        }
        fn notified(&mut self, bits: ipc::Bits) {
            self.0.notified(bits);
        }
    }

    #[inline(always)]
    fn decode_ping<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), ()>(super::op::PING, 0)?;
        let result = server.ping(request.caller());
        Ok(ipc::Outcome::new::<_, (), _>(result, room))
    }

    #[inline(always)]
    fn decode_add<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Add, u64>(super::op::ADD, 0)?;
        let result = server.add(request.caller(), message.small, message.big, message.sign);
        Ok(ipc::Outcome::new::<_, u64, _>(result, room))
    }

    #[inline(always)]
    fn decode_set<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Set, ()>(super::op::SET, 0)?;
        let result = server.set(request.caller(), message.state, message.volume);
        Ok(ipc::Outcome::new::<_, (), _>(result, room))
    }

    #[inline(always)]
    fn decode_get<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), super::State>(super::op::GET, 0)?;
        let result = server.get(request.caller());
        Ok(ipc::Outcome::new::<_, super::State, _>(result, room))
    }

    #[inline(always)]
    fn decode_reverse<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Reverse, u32>(super::op::REVERSE, 2)?;
        let lease_0 = request.lease::<ipc::Read>(0, 10000)?;
        let lease_1 = request.lease::<ipc::Write>(1, 10000)?;
        let result = server.reverse(request.caller(), lease_0, message.offset, lease_1);
        Ok(ipc::Outcome::new::<_, u32, _>(result, room))
    }

    #[inline(always)]
    fn decode_increment<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), bool>(super::op::INCREMENT, 1)?;
        let lease_0 = request.lease::<ipc::ReadWrite>(0, 64)?;
        let result = server.increment(request.caller(), lease_0);
        Ok(ipc::Outcome::new::<_, bool, _>(result, room))
    }

    #[inline(always)]
    fn decode_wait<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Wait, [u16; 3]>(super::op::WAIT, 0)?;
        let result = server.wait(request.caller(), message.number);
        Ok(ipc::Outcome::new::<_, [u16; 3], _>(result, room))
    }

    #[inline(always)]
    fn decode_put<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Put, super::answer::Put>(super::op::PUT, 0)?;
        let result = server.put(request.caller(), message.place, message.value);
        Ok(ipc::Outcome::new::<_, super::answer::Put, _>(result, room))
    }

    #[inline(always)]
    fn decode_count<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), u32>(super::op::COUNT, 0)?;
        let result = server.count(request.caller());
        Ok(ipc::Outcome::new::<_, u32, _>(result, room))
    }

    #[inline(always)]
    fn decode_die<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Die, super::Balance>(super::op::DIE, 0)?;
        let result = server.die(request.caller(), message.hollow);
        Ok(ipc::Outcome::new::<_, super::Balance, _>(result, room))
    }

    /// Answers that are given later.
    pub mod reply {
        use ::userlib::ipc;
        /// To `ping`.
        pub type Ping = ipc::Answer<(), (), ::core::convert::Infallible>;
        /// To `add`.
        pub type Add = ipc::Answer<u64, u64, super::super::ExampleError>;
        /// To `set`.
        pub type Set = ipc::Answer<(), (), super::super::ExampleError>;
        /// To `get`.
        pub type Get = ipc::Answer<super::super::State, super::super::State, ::core::convert::Infallible>;
        /// To `reverse`.
        pub type Reverse = ipc::Answer<u32, u32, super::super::ExampleError>;
        /// To `increment`.
        pub type Increment = ipc::Answer<bool, bool, ::core::convert::Infallible>;
        /// To `wait`.
        pub type Wait = ipc::Answer<[u16; 3], [u16; 3], super::super::ExampleError>;
        /// To `put`.
        pub type Put = ipc::Answer<super::super::Value, super::super::answer::Put, super::super::ExampleError>;
        /// To `count`.
        pub type Count = ipc::Answer<u32, u32, ::core::convert::Infallible>;
        /// To `die`.
        pub type Die = ipc::Answer<super::super::Balance, super::super::Balance, ::core::convert::Infallible>;
    }
}
