//! `GET /contracts/{id}/pdf`: a contract, or an institution's part of one, as a document to read, with the seals that it has.
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::errors::Refusal;
use jicai_seal::{ContractDocument, SubContractDocument};
use jicai_service::contract::{Paper, ShownSeal, contract_paper};

use super::Shared;
use super::documents::{known, told};
use super::graphql::refused;
use crate::paper::pages;

pub(super) async fn pdf(
    request: HttpRequest,
    id: web::Path<String>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match paper(&request, &id, &shared).await {
        Ok(paper) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/pdf"))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}.pdf\"", paper.subject)))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .body(pages(11.0, &lines(&paper))),
        Err(refusal) => refused(&refusal),
    }
}

async fn paper(request: &HttpRequest, id: &str, shared: &Shared) -> Result<Paper, Refusal> {
    let caller = known(request, shared).await?;
    contract_paper(&shared.app, &caller, id).await.map_err(told)
}

fn lines(paper: &Paper) -> Vec<String> {
    let mut lines = vec!["药品集中带量采购购销合同".to_owned(), String::new()];
    lines.extend(of_main(&paper.main));
    lines.extend(paper.part.iter().flat_map(of_part));
    lines.push(String::new());
    lines.push(format!("文件摘要 SHA-256：{}", paper.sha256));
    if paper.seals.is_empty() {
        lines.push("尚无签章".to_owned());
    }
    lines.extend(paper.seals.iter().flat_map(of_seal));
    lines.push(String::new());
    lines.push(
        "签章以规范文件（canonical JSON）的全部字节为准，可用 jicai contract verify 离线核验；本页仅供阅读。"
            .to_owned(),
    );
    lines
}

fn of_main(main: &ContractDocument) -> Vec<String> {
    let price = main
        .price
        .as_deref()
        .map_or("来源未公布".to_owned(), |price| format!("{price} 元/{}", main.unit));
    vec![
        format!("合同编号：{}", main.contract),
        format!("中选结果：{}", main.result),
        format!("竞价单元：{} {}", main.lot, main.lot_name),
        format!("产品：{}　规格：{}", main.product_name, main.spec),
        format!("中选企业：{}（{}）", main.holder_name, main.holder_credit_code),
        format!("配送企业：{}", main.distributor.as_deref().unwrap_or("未指定")),
        format!("供应地区：{}", main.region),
        format!("协议年度：第{}年，{} 至 {}", main.year, main.starts_on, main.until),
        format!("中选价格（含税）：{price}"),
        format!("约定采购量：{}（代表品计量单位），分解至 {} 家机构", main.volume, main.institutions),
    ]
}

fn of_part(part: &SubContractDocument) -> Vec<String> {
    vec![
        String::new(),
        format!("机构约定量编号：{}", part.sub_contract),
        format!("医疗机构：{}（{}）", part.institution, part.institution_credit_code),
        format!("该机构约定采购量：{}", part.volume),
    ]
}

fn of_seal(seal: &ShownSeal) -> Vec<String> {
    vec![
        String::new(),
        format!("签章方：{}（{}）", seal.name, seal.party),
        format!("公钥：{}", seal.public_line),
    ]
}
