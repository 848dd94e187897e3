//! 医疗器械注册证号 and 备案号: numbers under which devices are registered (class II and III) or filed (class I).
use std::fmt;

use super::finding::{Finding, FindingCode};
use super::{Clean, CodeKind, Faults, Parts, PublicCode, part};

/// Provinces by the character that registrations of theirs begin with.
const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
/// Class in the catalogue of in-vitro diagnostic reagents (体外诊断试剂).
const REAGENTS: &str = "40";

/// A number of a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceRegistration {
    /// 国, or a province's character; of a class I device also the city's.
    place: String,
    year: String,
    certificate: Certificate,
    serial: String,
}

/// What was given to the device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certificate {
    /// 械注, since October 2014. Year and serial survive a renewal; another class makes another number.
    Registration {
        /// 准 domestic, 进 imported, 许 from Hong Kong, Macau or Taiwan.
        how: char,
        /// 2 or 3.
        class: char,
        /// Two digits of the catalogue.
        catalogue: String,
    },
    /// 食药监械, before.
    Former {
        /// The authority between place and bracket, 食药监械 or an older one.
        authority: String,
        /// 准, 进 or 许.
        how: char,
        /// 1, 2 or 3.
        class: char,
        /// Two digits of the catalogue.
        catalogue: String,
        /// Whether it was changed: (更) at the end.
        amended: bool,
    },
    /// 械备: class I is filed.
    Filing,
}

impl DeviceRegistration {
    /// What was given.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether it is an in-vitro diagnostic reagent, by the two digits of the catalogue.
    pub fn is_reagent(&self) -> bool {
        match &self.certificate {
            Certificate::Registration { catalogue, .. } | Certificate::Former { catalogue, .. } => {
                catalogue == REAGENTS
            }
            Certificate::Filing => false,
        }
    }
}

impl PublicCode for DeviceRegistration {
    const KIND: CodeKind = CodeKind::DeviceRegistration;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let mut reader = Reader { clean, at: 0 };
        let place = reader.place()?;
        let found = if reader.word("械注") {
            reader.registration(place)?
        } else if reader.word("械备") {
            reader.filing(place)?
        } else {
            reader.former(place)?
        };
        reader.end()?;
        found.crosswise(clean)?;
        Ok(found)
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        part(&mut parts, "place", self.place.clone());
        match &self.certificate {
            Certificate::Registration { how, class, catalogue }
            | Certificate::Former { how, class, catalogue, .. } => {
                part(&mut parts, "origin", origin(*how));
                part(&mut parts, "class", class.to_string());
                part(&mut parts, "catalogue", catalogue.clone());
            }
            Certificate::Filing => part(&mut parts, "class", "1"),
        }
        part(&mut parts, "year", self.year.clone());
        part(&mut parts, "serial", self.serial.clone());
        parts
    }
}

impl fmt::Display for DeviceRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, year, certificate, serial } = self;
        match certificate {
            Certificate::Registration { how, class, catalogue } => {
                write!(f, "{place}械注{how}{year}{class}{catalogue}{serial}")
            }
            Certificate::Former { authority, how, class, catalogue, amended } => {
                let amended = if *amended { "(更)" } else { "" };
                write!(f, "{place}{authority}({how})字{year}第{class}{catalogue}{serial}号{amended}")
            }
            Certificate::Filing => write!(f, "{place}械备{year}{serial}"),
        }
    }
}

impl DeviceRegistration {
    /// Class III and what comes from outside is registered by the nation; by a province class II at home, and before 2014 by a city
    /// class I. Class II at home is no matter for the nation any more.
    fn crosswise(&self, clean: &Clean<'_>) -> Result<(), Faults> {
        let nation = self.place == "国";
        let single = self.place.chars().count() == 1;
        let fits = match &self.certificate {
            Certificate::Registration { how: '准', class: '3', .. } => nation,
            Certificate::Registration { how: '准', .. } => !nation && single,
            Certificate::Former { how: '准', class, .. } => {
                nation || (*class == '2' && single) || *class == '1'
            }
            Certificate::Registration { .. } | Certificate::Former { .. } => nation,
            Certificate::Filing => true,
        };
        if fits {
            return Ok(());
        }
        let english = "国 for class 3 and for 进 and 许, a province for class 2 准";
        let chinese = "第三类及进口、港澳台产品由国家注册（国），境内第二类由省级注册";
        Err(vec![Finding::new(FindingCode::CrossRule, clean.position(0), english, chinese)])
    }
}

const fn origin(how: char) -> &'static str {
    match how {
        '准' => "境内",
        '进' => "进口",
        _ => "港澳台",
    }
}

/// Reads from left to right and knows the place.
struct Reader<'c> {
    clean: &'c Clean<'c>,
    /// Characters read.
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> impl Iterator<Item = char> + '_ {
        self.clean.text().chars().skip(self.at)
    }

    fn fault(&self, code: FindingCode, english: &'static str, chinese: &'static str) -> Faults {
        vec![Finding::new(code, self.clean.position(self.at), english, chinese)]
    }

    fn word(&mut self, word: &str) -> bool {
        let length = word.chars().count();
        let found = self.rest().take(length).eq(word.chars());
        if found {
            self.at = self.at.saturating_add(length);
        }
        found
    }

    fn required(&mut self, word: &'static str) -> Result<(), Faults> {
        if self.word(word) { Ok(()) } else { Err(self.fault(FindingCode::Character, word, word)) }
    }

    fn one_of(
        &mut self,
        allowed: &str,
        english: &'static str,
        chinese: &'static str,
    ) -> Result<char, Faults> {
        let found = self.rest().next().filter(|one| allowed.contains(*one));
        self.at = self.at.saturating_add(usize::from(found.is_some()));
        found.ok_or_else(|| self.fault(FindingCode::Character, english, chinese))
    }

    /// 国, a province's character, or a province's and a city's.
    fn place(&mut self) -> Result<String, Faults> {
        let english = "国 or the character of a province";
        let chinese = "国或省、自治区、直辖市简称";
        let first = self.one_of(&format!("国{PROVINCES}"), english, chinese)?;
        let city = self.rest().next().filter(|next| first != '国' && !"械食药".contains(*next));
        self.at = self.at.saturating_add(usize::from(city.is_some()));
        Ok(Some(first).into_iter().chain(city).collect())
    }

    fn digits(
        &mut self,
        least: usize,
        most: usize,
        english: &'static str,
        chinese: &'static str,
    ) -> Result<String, Faults> {
        let digits: String = self.rest().take(most).take_while(char::is_ascii_digit).collect();
        self.at = self.at.saturating_add(digits.len());
        if digits.len() < least {
            Err(self.fault(FindingCode::Character, english, chinese))
        } else {
            Ok(digits)
        }
    }

    fn year(&mut self) -> Result<String, Faults> {
        self.digits(4, 4, "a year of four digits", "四位年份")
    }

    fn catalogue(&mut self) -> Result<String, Faults> {
        self.digits(2, 2, "two digits of the catalogue", "两位分类编码")
    }

    fn serial(&mut self) -> Result<String, Faults> {
        self.digits(4, 5, "a serial number of 4 or 5 digits", "4 或 5 位流水号")
    }

    fn how(&mut self) -> Result<char, Faults> {
        self.one_of("准进许", "准, 进 or 许", "准、进或许")
    }

    fn registration(&mut self, place: String) -> Result<DeviceRegistration, Faults> {
        let (how, year) = (self.how()?, self.year()?);
        let class = self.one_of("23", "class 2 or 3", "管理类别 2 或 3")?;
        let (catalogue, serial) = (self.catalogue()?, self.serial()?);
        Ok(DeviceRegistration {
            place,
            year,
            certificate: Certificate::Registration { how, class, catalogue },
            serial,
        })
    }

    fn filing(&mut self, place: String) -> Result<DeviceRegistration, Faults> {
        let (year, serial) = (self.year()?, self.serial()?);
        self.word("号");
        Ok(DeviceRegistration { place, year, certificate: Certificate::Filing, serial })
    }

    /// 国食药监械(准)字2012第3151234号; before 2003 and in some provinces without 食, or with 管.
    fn former(&mut self, place: String) -> Result<DeviceRegistration, Faults> {
        let found = ["食药监械", "药监械", "药管械"].into_iter().find(|authority| self.word(authority));
        let Some(authority) = found else {
            let (english, chinese) = ("械注, 械备 or 食药监械", "械注、械备或食药监械");
            return Err(self.fault(FindingCode::Character, english, chinese));
        };
        self.required("(")?;
        let how = self.how()?;
        self.required(")字")?;
        let year = self.year()?;
        self.required("第")?;
        let class = self.one_of("123", "class 1, 2 or 3", "管理类别 1、2 或 3")?;
        let (catalogue, serial) = (self.catalogue()?, self.serial()?);
        self.required("号")?;
        let amended = self.word("(更)");
        let certificate =
            Certificate::Former { authority: authority.to_owned(), how, class, catalogue, amended };
        Ok(DeviceRegistration { place, year, certificate, serial })
    }

    fn end(&self) -> Result<(), Faults> {
        if self.rest().next().is_none() {
            return Ok(());
        }
        Err(self.fault(FindingCode::Length, "nothing after the serial number", "流水号之后不应再有字符"))
    }
}
