//! Forty zones, each for a rule of its own.

/// The zones of the normal form, by what is special about their clocks.
pub const ZONES: [&str; 40] = [
    // No changes at all.
    "UTC",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    // An hour in spring and autumn: at 01:00 UTC everywhere at once, at local hours, on both halves of the globe.
    "Europe/Paris",
    "Europe/London",
    "Atlantic/Azores",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Santiago",
    // Winter time is the exception by law: a daylight saving time of minus one hour.
    "Europe/Dublin",
    // Half an hour; three quarters of an hour beside the full ones.
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    // Two hours, in a place with few people and more offsets.
    "Antarctica/Troll",
    // Three hours, by decision.
    "Antarctica/Casey",
    // At midnight: a day that begins at 01:00, or has 00:30 twice.
    "America/Havana",
    "Asia/Beirut",
    "America/Asuncion",
    "America/Sao_Paulo",
    "Africa/Cairo",
    // At one minute past midnight, for some years.
    "America/St_Johns",
    // On the eve, before the day is over.
    "America/Godthab",
    "America/Scoresbysund",
    // Suspended for the fasting month: four changes a year.
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    // By decree, on other days every year.
    "Asia/Gaza",
    "Asia/Hebron",
    "Asia/Tehran",
    "Asia/Amman",
    "Europe/Istanbul",
    // Another offset for good, also by half an hour, also by a quarter of one and back.
    "Europe/Moscow",
    "Asia/Pyongyang",
    "America/Caracas",
    "Asia/Colombo",
    // A day that was left out when the date line moved.
    "Pacific/Apia",
    "Pacific/Fakaofo",
    // Summer time for a year or two only.
    "Pacific/Fiji",
    "Asia/Dhaka",
];

/// The zones to compare: forty, or all in the long form.
pub fn chosen() -> Vec<String> {
    match std::env::var_os("RUNSHEET_LONG") {
        Some(_) => runsheet::zone::names().collect(),
        None => ZONES.map(str::to_owned).to_vec(),
    }
}
