//! Synthetic names: common given and family names, combined at random.

use crate::domain::individual::Sex;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Where a case comes from, with the names that are common there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Afghanistan.
    Afghanistan,
    /// Iran.
    Iran,
    /// Iraq.
    Iraq,
}

impl Origin {
    /// ISO 3166-1 alpha-3 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Afghanistan => "AFG",
            Self::Iran => "IRN",
            Self::Iraq => "IRQ",
        }
    }

    /// A family name.
    pub fn family_name(self, rng: &mut ChaCha8Rng) -> &'static str {
        let names: &[&str] = match self {
            Self::Afghanistan => &[
                "Ahmadzai",
                "Alizada",
                "Amiri",
                "Azimi",
                "Barakzai",
                "Faizi",
                "Habibi",
                "Haidari",
                "Hakimi",
                "Hashimi",
                "Karimi",
                "Kohistani",
                "Mangal",
                "Nazari",
                "Noori",
                "Omari",
                "Popal",
                "Qaderi",
                "Rahimi",
                "Rasuli",
                "Safi",
                "Sahak",
                "Samadi",
                "Stanikzai",
                "Sultani",
                "Wardak",
                "Yusufzai",
                "Zadran",
            ],
            Self::Iran => {
                &["Bahrami", "Esfahani", "Farahani", "Ghorbani", "Jafari", "Kazemi", "Moradi", "Rostami", "Shirazi"]
            }
            Self::Iraq => &["Al-Basri", "Al-Dulaimi", "Al-Jabiri", "Al-Khafaji", "Al-Mosuli", "Al-Rubaie", "Al-Tamimi"],
        };
        names.choose(rng).expect("the list has names")
    }

    /// A given name.
    pub fn given_name(self, sex: Sex, rng: &mut ChaCha8Rng) -> &'static str {
        let names: &[&str] = match (self, sex) {
            (Self::Afghanistan, Sex::Female) => &[
                "Arezo", "Fatima", "Fereshta", "Freshta", "Gulalai", "Hosna", "Latifa", "Mahnaz", "Malalai", "Mariam",
                "Najiba", "Nargis", "Nasima", "Parwana", "Rahela", "Roya", "Sabira", "Shukria", "Soraya", "Zahra",
                "Zarghuna",
            ],
            (Self::Afghanistan, Sex::Male) => &[
                "Abdul", "Ahmad", "Aziz", "Baryalai", "Daoud", "Esmat", "Farid", "Ghulam", "Habib", "Hamid", "Jawad",
                "Karim", "Mirwais", "Nasir", "Naweed", "Qasim", "Rahmat", "Sayed", "Shafiq", "Tamim", "Wahid", "Yama",
                "Zalmai",
            ],
            (Self::Iran, Sex::Female) => {
                &["Azadeh", "Golnaz", "Leila", "Mahsa", "Nasrin", "Parisa", "Shirin", "Taraneh"]
            }
            (Self::Iran, Sex::Male) => &["Arash", "Behrouz", "Dariush", "Farhad", "Kamran", "Mehdi", "Reza", "Siavash"],
            (Self::Iraq, Sex::Female) => &["Amal", "Hanan", "Iman", "Layla", "Nour", "Rasha", "Suha", "Zaynab"],
            (Self::Iraq, Sex::Male) => &["Ammar", "Haider", "Hussein", "Mustafa", "Omar", "Qusay", "Saif", "Yasir"],
        };
        names.choose(rng).expect("the list has names")
    }
}
