// Made by `build/idl`. Change the interface, not this.

/// Which interface this is.
pub const INTERFACE: &str = "Example";
/// Changes with every change that a message, an answer or an error could show.
pub const INTERFACE_HASH: u64 = 0xd9961b9b04207fc9;

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

impl<O: ::userlib::ipc::Order> ::core::convert::From<ExampleError> for ::userlib::ipc::Refuse<ExampleError, O> {
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
    /// `repeat`
    pub const REPEAT: u16 = 10;
    /// `center`
    pub const CENTER: u16 = 11;
    /// `transfer`
    pub const TRANSFER: u16 = 12;
    /// `stop`
    pub const STOP: u16 = 13;
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

    /// Of `repeat`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Repeat {
        /// `times`
        pub times: u8,
    }
    impl ipc::Fixed for Repeat {}

    /// Of `center`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Center {
        /// `weight`
        pub weight: u64,
    }
    impl ipc::Fixed for Center {}

    /// Of `stop`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[derive(::userlib::ipc::zerocopy::TryFromBytes, ::userlib::ipc::zerocopy::IntoBytes, ::userlib::ipc::zerocopy::Immutable, ::userlib::ipc::zerocopy::KnownLayout)]
    #[zerocopy(crate = "::userlib::ipc::zerocopy")]
    #[repr(C)]
    pub struct Stop {
        /// `code`
        pub code: u32,
    }
    impl ipc::Fixed for Stop {}

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
    ::userlib::declared! {
        "client" "Example 0xd9961b9b04207fc9 56",
    }

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
            declare();
            Self { link: ipc::Link::new(slot) }
        }

        /// A client of this task.
        #[must_use]
        pub fn to(server: ipc::TaskId) -> Self {
            declare();
            Self { link: ipc::Link::to(server) }
        }

        /// The server, in the life that is meant: of the last answer, that which gave it.
        #[must_use]
        pub fn server(&self) -> ipc::TaskId {
            self.link.server()
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

        /// Some of `letters`, as often as told.
        ///
        /// `letters`: at most 40 elements.
        #[inline]
        pub fn repeat(&self, times: u8, letters: &[u8]) -> Result<ipc::List<u8, 100>, ipc::ClientError<super::ExampleError>> {
            let message_ = ipc::WithList::<_, _, 40> { head: super::message::Repeat { times }, list: letters };
            self.link.call(super::op::REPEAT, &message_, &mut ipc::Buffer::<41>::new(), &mut ipc::Reply::new(&mut ipc::Buffer::<100>::new()), &[], ipc::Retry::Never)
        }

        /// Where the center is; nowhere without a place.
        ///
        /// `places`: at most 6 elements.
        #[inline]
        pub fn center(&self, places: &[super::Point], weight: u64) -> Result<ipc::List<super::Point, 1>, ipc::ClientError> {
            let message_ = ipc::WithList::<_, _, 6> { head: super::message::Center { weight }, list: places };
            self.link.call(super::op::CENTER, &message_, &mut ipc::Buffer::<56>::new(), &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Idempotent)
        }

        /// Copies what is there to where there is room, and says which of the two were.
        ///
        /// `data`: at most 16 bytes.
        ///
        /// `copy`: at most 16 bytes.
        #[inline]
        pub fn transfer(&self, data: Option<&[u8]>, copy: Option<&mut [u8]>) -> Result<u8, ipc::ClientError> {
            if data.as_ref().is_some_and(|lent| lent.len() > 16) {
                return Err(ipc::ClientError::TooLong);
            }
            if copy.as_ref().is_some_and(|lent| lent.len() > 16) {
                return Err(ipc::ClientError::TooLong);
            }
            let message_ = ();
            self.link.call(super::op::TRANSFER, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[data.map_or_else(ipc::Lend::none, ipc::Lend::read), copy.map_or_else(ipc::Lend::none, ipc::Lend::write)], ipc::Retry::Never)
        }

        /// Stops the example for good.
        ///
        /// Returns only to say why it was not done.
        #[inline]
        pub fn stop(&self, code: u32) -> ipc::ClientError {
            let answer_ = {
                let message_ = super::message::Stop { code };
                self.link.call(super::op::STOP, &message_, &mut [], &mut ipc::Reply::new(&mut []), &[], ipc::Retry::Never)
            };
            answer_.map_or_else(|why| why, |()| ipc::ClientError::BadAnswer)
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
    ::userlib::declared! {
        "server" "Example 0xd9961b9b04207fc9 56",
        "operation" "ping 1",
        "operation" "add 2",
        "operation" "set 3",
        "operation" "get 4",
        "operation" "reverse 5",
        "operation" "increment 6",
        "operation" "wait 7",
        "operation" "put 8",
        "operation" "count 9",
        "operation" "repeat 10",
        "operation" "center 11",
        "operation" "transfer 12",
        "operation" "stop 13",
        "operation" "die 65535",
        "event" "changed",
        "event" "full",
    }
    ::userlib::filled_in!(CALLERS: 14, EVENTS: 2);

    /// One of everything, for the tests.
    ///
    /// It does nothing useful.
    pub trait Example {
        /// [`ipc::InOrder`], or [`ipc::Pipelined`] to answer some calls later.
        type Order: ipc::Order;

        /// No arguments, no answer.
        fn ping(&mut self, caller: ipc::Caller) -> Result<(), Refuse<::core::convert::Infallible, Self::Order>>;

        /// Adds; refuses if the sum is too large for 32 bits.
        fn add(&mut self, caller: ipc::Caller, small: u8, big: u64, sign: bool) -> Result<u64, Refuse<super::ExampleError, Self::Order>>;

        /// `set`
        fn set(&mut self, caller: ipc::Caller, state: super::State, volume: super::Volume) -> Result<(), Refuse<super::ExampleError, Self::Order>>;

        /// `get`
        fn get(&mut self, caller: ipc::Caller) -> Result<super::State, Refuse<::core::convert::Infallible, Self::Order>>;

        /// Copies `data` to `copy`, backwards.
        fn reverse(&mut self, caller: ipc::Caller, data: ipc::Lease<ipc::Read>, offset: u32, copy: ipc::Lease<ipc::Write>) -> Result<u32, Refuse<super::ExampleError, Self::Order>>;

        /// `increment`
        fn increment(&mut self, caller: ipc::Caller, bytes: ipc::Lease<ipc::ReadWrite>) -> Result<bool, Refuse<::core::convert::Infallible, Self::Order>>;

        /// Answers when a notification comes.
        fn wait(&mut self, caller: ipc::Caller, number: u16) -> Result<[u16; 3], Refuse<super::ExampleError, Self::Order>>;

        /// `put`
        fn put(&mut self, caller: ipc::Caller, place: u16, value: super::Value) -> Result<super::Value, Refuse<super::ExampleError, Self::Order>>;

        /// `count`
        fn count(&mut self, caller: ipc::Caller) -> Result<u32, Refuse<::core::convert::Infallible, Self::Order>>;

        /// Some of `letters`, as often as told.
        fn repeat(&mut self, caller: ipc::Caller, times: u8, letters: &[u8]) -> Result<ipc::List<u8, 100>, Refuse<super::ExampleError, Self::Order>>;

        /// Where the center is; nowhere without a place.
        fn center(&mut self, caller: ipc::Caller, places: &[super::Point], weight: u64) -> Result<ipc::List<super::Point, 1>, Refuse<::core::convert::Infallible, Self::Order>>;

        /// Copies what is there to where there is room, and says which of the two were.
        fn transfer(&mut self, caller: ipc::Caller, data: Option<ipc::Lease<ipc::Read>>, copy: Option<ipc::Lease<ipc::Write>>) -> Result<u8, Refuse<::core::convert::Infallible, Self::Order>>;

        /// Stops the example for good.
        fn stop(&mut self, caller: ipc::Caller, code: u32) -> ipc::NoAnswer;

        /// Faults its caller.
        fn die(&mut self, caller: ipc::Caller, hollow: [super::Volume; 3]) -> Result<super::Balance, Refuse<::core::convert::Infallible, Self::Order>>;

        /// These notifications came.
        fn notified(&mut self, bits: ipc::Bits) {
            let _ = bits;
        }

        /// Whether it takes calls now; otherwise only notifications, and callers wait in line.
        fn accepts(&self) -> bool {
            true
        }
    }

    /// Serves for ever, and passes on these notifications.
    pub fn serve<S: Example>(notifications: impl Into<ipc::Bits>, server: S) -> ! {
        declare();
        ipc::serve(notifications.into(), &mut Serve(server), &mut ipc::Buffer::<56>::new(), &mut ipc::Buffer::<100>::new())
    }

    /// A server as the receive loop sees it.
    #[derive(Debug)]
    pub struct Serve<S>(pub S);

    impl<S: Example> ipc::Dispatch for Serve<S> {
        #[inline(always)]
        fn dispatch<'r>(&mut self, request: &ipc::Request<'_>, room: &'r mut [u8]) -> ipc::Outcome<'r> {
            if !CALLERS.allow(request) {
                return ipc::Outcome::Fault(ipc::ReplyFault::AccessViolation);
            }
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
                super::op::REPEAT => decode_repeat(&mut self.0, request, room),
                super::op::CENTER => decode_center(&mut self.0, request, room),
                super::op::TRANSFER => decode_transfer(&mut self.0, request, room),
                super::op::STOP => decode_stop(&mut self.0, request, room),
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
        #[inline(always)]
        fn accepts(&self) -> bool {
            self.0.accepts()
        }
    }

    #[inline(always)]
    fn decode_ping<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), ()>(super::op::PING, 0)?;
        let result = server.ping(request.caller());
        Ok(ipc::Outcome::new::<_, (), _, _>(result, room))
    }

    #[inline(always)]
    fn decode_add<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Add, u64>(super::op::ADD, 0)?;
        let result = server.add(request.caller(), message.small, message.big, message.sign);
        Ok(ipc::Outcome::new::<_, u64, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_set<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Set, ()>(super::op::SET, 0)?;
        let result = server.set(request.caller(), message.state, message.volume);
        Ok(ipc::Outcome::new::<_, (), _, _>(result, room))
    }

    #[inline(always)]
    fn decode_get<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), super::State>(super::op::GET, 0)?;
        let result = server.get(request.caller());
        Ok(ipc::Outcome::new::<_, super::State, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_reverse<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Reverse, u32>(super::op::REVERSE, 2)?;
        let lease_0 = request.lease::<ipc::Read>(0, 10000)?;
        let lease_1 = request.lease::<ipc::Write>(1, 10000)?;
        let result = server.reverse(request.caller(), lease_0, message.offset, lease_1);
        Ok(ipc::Outcome::new::<_, u32, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_increment<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), bool>(super::op::INCREMENT, 1)?;
        let lease_0 = request.lease::<ipc::ReadWrite>(0, 64)?;
        let result = server.increment(request.caller(), lease_0);
        Ok(ipc::Outcome::new::<_, bool, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_wait<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Wait, [u16; 3]>(super::op::WAIT, 0)?;
        let result = server.wait(request.caller(), message.number);
        Ok(ipc::Outcome::new::<_, [u16; 3], _, _>(result, room))
    }

    #[inline(always)]
    fn decode_put<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Put, super::answer::Put>(super::op::PUT, 0)?;
        let result = server.put(request.caller(), message.place, message.value);
        Ok(ipc::Outcome::new::<_, super::answer::Put, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_count<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), u32>(super::op::COUNT, 0)?;
        let result = server.count(request.caller());
        Ok(ipc::Outcome::new::<_, u32, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_repeat<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<ipc::WithList<'_, super::message::Repeat, u8, 40>, ipc::List<u8, 100>>(super::op::REPEAT, 0)?;
        let result = server.repeat(request.caller(), message.head.times, message.list);
        Ok(ipc::Outcome::new::<_, ipc::List<u8, 100>, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_center<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<ipc::WithList<'_, super::message::Center, super::Point, 6>, ipc::List<super::Point, 1>>(super::op::CENTER, 0)?;
        let result = server.center(request.caller(), message.list, message.head.weight);
        Ok(ipc::Outcome::new::<_, ipc::List<super::Point, 1>, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_transfer<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        request.arguments::<(), u8>(super::op::TRANSFER, 2)?;
        let lease_0 = request.optional_lease::<ipc::Read>(0, 16)?;
        let lease_1 = request.optional_lease::<ipc::Write>(1, 16)?;
        let result = server.transfer(request.caller(), lease_0, lease_1);
        Ok(ipc::Outcome::new::<_, u8, _, _>(result, room))
    }

    #[inline(always)]
    fn decode_stop<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Stop, ()>(super::op::STOP, 0)?;
        let _ = room;
        Ok(server.stop(request.caller(), message.code).into())
    }

    #[inline(always)]
    fn decode_die<'r, S: Example>(server: &mut S, request: &ipc::Request<'_>, room: &'r mut [u8]) -> Result<ipc::Outcome<'r>, ipc::Outcome<'r>> {
        let message = request.arguments::<super::message::Die, super::Balance>(super::op::DIE, 0)?;
        let result = server.die(request.caller(), message.hollow);
        Ok(ipc::Outcome::new::<_, super::Balance, _, _>(result, room))
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
        /// To `repeat`.
        pub type Repeat = ipc::Answer<ipc::List<u8, 100>, ipc::List<u8, 100>, super::super::ExampleError>;
        /// To `center`.
        pub type Center = ipc::Answer<ipc::List<super::super::Point, 1>, ipc::List<super::super::Point, 1>, ::core::convert::Infallible>;
        /// To `transfer`.
        pub type Transfer = ipc::Answer<u8, u8, ::core::convert::Infallible>;
        /// To `die`.
        pub type Die = ipc::Answer<super::super::Balance, super::super::Balance, ::core::convert::Infallible>;
    }

    /// Tells clients what they did not ask for: those whose `events` in `app.toml` say so.
    pub mod notify {
        use ::userlib::ipc;
        /// The state is another.
        pub fn changed() {
            super::EVENTS[0].post();
        }
        /// `changed`, for this client alone. False if it does not listen.
        pub fn changed_to(client: ipc::TaskId) -> bool {
            super::EVENTS[0].post_to(client)
        }
        /// `full`
        pub fn full() {
            super::EVENTS[1].post();
        }
        /// `full`, for this client alone. False if it does not listen.
        pub fn full_to(client: ipc::TaskId) -> bool {
            super::EVENTS[1].post_to(client)
        }
    }
}
