//! Why volume went where it went: stable codes with their numbers, in English and Chinese, as for the reasons of a decision.
use crate::exact::Exact;
use crate::procurement::reason::reasons;
use crate::procurement::values::Name;

reasons! {
    /// Why a step of a cascade is as it is. Codes are never renamed or reused.
    Explanation EXPLANATIONS;

    1 Leaves "LEAVES" { firm: Name, region: Name, volume: u64 }
        "{firm} leaves {region}: {volume} units of agreed volume need another supplier."
        "{firm} 退出 {region}：约定采购量 {volume} 须由其他企业接替供应。"
    1 DeliveredStays "DELIVERED_STAYS" { firm: Name, volume: u64 }
        "{volume} units that {firm} delivered stay with it."
        "{firm} 已供应的 {volume} 不再变动。"
    2 MainTakes "MAIN_TAKES" { firm: Name, region: Name, volume: u64 }
        "{firm}, main supplier of {region}, takes over {volume} units."
        "{region} 主供企业 {firm} 接替 {volume}。"
    2 BackupTakes "BACKUP_TAKES" { firm: Name, region: Name, volume: u64 }
        "{firm}, backup supplier of {region}, takes over {volume} units."
        "{region} 备供企业 {firm} 接替 {volume}。"
    2 RankTakes "RANK_TAKES" { firm: Name, rank: u64, volume: u64 }
        "{firm}, next by rank ({rank}), takes over {volume} units."
        "按顺位第 {rank} 名 {firm} 接替 {volume}。"
    2 NoBackup "NO_BACKUP" { region: Name }
        "{region} has no backup supplier that could take over."
        "{region} 没有可接替的备供企业。"
    2 Declined "DECLINED" { firm: Name }
        "{firm} was asked and declined."
        "已征询 {firm}，该企业不接受。"
    2 Unanswered "UNANSWERED" { firm: Name }
        "{firm} has to be asked whether it takes over; it has not answered."
        "须征询 {firm} 是否接替，该企业尚未答复。"
    2 Limited "LIMITED" { firm: Name, at_most: u64 }
        "{firm} takes over at most {at_most} units more; the rest goes to the next."
        "{firm} 最多再接替 {at_most}，其余由下一家接替。"
    2 NobodyLeft "NOBODY_LEFT" { volume: u64 }
        "Nobody is left to take over {volume} units: they are no agreed volume until an institution chooses a supplier or a new selection is made."
        "{volume} 无企业可接替：在医疗机构选择供应企业或重新遴选之前，不再是约定采购量。"
    3 OwnPrice "OWN_PRICE" { firm: Name, price: Exact }
        "{firm} supplies at its own selected price {price}."
        "{firm} 按自身中选价 {price} 供应。"
    3 LoweredPrice "LOWERED_PRICE" { firm: Name, price: Exact, own: Exact }
        "{firm} supplies at {price}, the comparable price of the one that left, below its own {own}."
        "{firm} 按退出企业的可比价 {price} 供应，低于自身中选价 {own}。"
    3 PriceUnknown "PRICE_UNKNOWN" { firm: Name }
        "The prices are not disclosed: {firm} supplies at its own selected price, whatever it is."
        "价格未公布：{firm} 按自身中选价供应。"
    4 MainNow "MAIN_NOW" { firm: Name, region: Name }
        "{firm} is a main supplier of {region} from now on."
        "{firm} 自此为 {region} 主供企业。"
    4 BackupVacant "BACKUP_VACANT" { region: Name }
        "{region} has no backup supplier from now on."
        "{region} 自此没有备供企业。"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_value_is_told_in_both_languages() {
        let codes: std::collections::BTreeSet<&str> = EXPLANATIONS.iter().map(|info| info.code).collect();
        assert_eq!(codes.len(), EXPLANATIONS.len());
        for info in EXPLANATIONS {
            for text in [info.en, info.zh] {
                let told = text.matches('{').count();
                let known = info.values.iter().filter(|value| text.contains(&format!("{{{value}}}")));
                assert_eq!((told, known.count()), (info.values.len(), info.values.len()), "{}", info.code);
            }
        }
    }

    #[test]
    fn an_explanation_tells_its_numbers() {
        let price = |text: &str| text.parse().unwrap();
        let lowered =
            Explanation::LoweredPrice { firm: "乙".into(), price: price("0.25"), own: price("0.3") };
        assert_eq!(lowered.message_zh(), "乙 按退出企业的可比价 0.25 供应，低于自身中选价 0.3。");
        assert_eq!(
            lowered.message_en(),
            "乙 supplies at 0.25, the comparable price of the one that left, below its own 0.3."
        );
    }
}
