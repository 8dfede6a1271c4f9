-- Reason: the first profiles of the national interface. Nothing here is verified against a document of Sichuan: the four cities
--   follow the national short codes until a person has compared them with the local specification.
-- Lock: rows of small new tables.

insert into nhsa_profile values
  ('national', '国家短码', 'codes in public code of several vendors (16 regional differences)', false),
  ('hunan', '湖南', '湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10)', false);

insert into nhsa_area (admdvs, from_date, profile, source_document, verified)
select city, '2020-01-01', 'national', 'project default; the localisation of Sichuan was not available', false
from unnest(array['510100', '510600', '511400', '512000']) city;

insert into nhsa_setting (profile, name, value, source_document, verified)
select profile, name, value, 'seen in public code of vendors; lengths, hours and days are project defaults', false
from (values ('national'), ('hunan')) p(profile),
  (values
    -- Separated by commas.
    ('infver', 'V1.0,1.0.0,1.0'),
    ('recer_sys_code', '99,HIS'),
    -- mdtrt_cert_no with mdtrt_cert_type 01: the card codes of this hub are longer than the C(50) of the tables.
    ('token_length', '2000'),
    ('sign_in_hours', '24'),
    ('answer_days', '30')) s(name, value);

insert into nhsa_code_variant (profile, dictionary, local_code, national_code, name, outward, source_document, verified)
select 'national', dictionary, code, code, name, true, 'national short codes in code of several vendors', false
from (values
  ('med_type', '11', '普通门诊'), ('med_type', '12', '门诊挂号'), ('med_type', '13', '急诊'), ('med_type', '14', '门诊慢特病'),
  ('med_type', '19', '意外伤害门诊'), ('med_type', '21', '普通住院'), ('med_type', '24', '急诊转住院'), ('med_type', '26', '单病种住院'),
  ('med_type', '41', '定点药店购药'), ('med_type', '51', '生育门诊'), ('med_type', '52', '生育住院'), ('med_type', '53', '计划生育手术费'),
  ('clr_type', '11', '门诊'), ('clr_type', '14', '门诊慢特病'), ('clr_type', '21', '住院'), ('clr_type', '41', '药店购药'),
  ('stmt_rslt', '0', '平'), ('stmt_rslt', '101', '中心多'), ('stmt_rslt', '102', '医药机构多'), ('stmt_rslt', '103', '数据不一致')
) v(dictionary, code, name);

insert into nhsa_code_variant (profile, dictionary, local_code, national_code, name, outward, source_document, verified)
select 'hunan', dictionary, code, national, name, outward, '湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10); the national code by name', false
from (values
  ('med_type', '11', '11', '普通门诊', true), ('med_type', '13', '13', '急诊', true), ('med_type', '1301', '13', '急诊抢救', false),
  ('med_type', '14', '14', '门诊慢特病', true), ('med_type', '2101', '21', '普通住院', true), ('med_type', '2102', '26', '单病种住院', true),
  ('med_type', '41', '41', '定点药店购药', true), ('med_type', '51', '51', '生育门诊', true), ('med_type', '52', '52', '生育住院', true),
  ('med_type', '9903', '19', '意外伤害门诊', true),
  ('psn_type', '11', '11', '在职', true), ('psn_type', '1105', '11', '农民工', false), ('psn_type', '1111', '11', '伤残军人在职', false),
  -- Begins with 11 and is a pensioner all the same: mapped by table, never by digits.
  ('psn_type', '1112', '12', '伤残军人退休', false), ('psn_type', '12', '12', '退休', true), ('psn_type', '1204', '12', '提前退休', false),
  ('psn_type', '13', '13', '离休', true), ('psn_type', '1401', '1401', '新生儿', true), ('psn_type', '1402', '1402', '学龄前儿童', true),
  ('psn_type', '1403', '1403', '中小学生', true), ('psn_type', '1404', '1404', '大学生', true), ('psn_type', '1405', '1405', '未成年（未入学）', true),
  ('psn_type', '15', '15', '居民（成年）', true), ('psn_type', '16', '16', '居民（老年）', true),
  ('clr_type', '11', '11', '门诊', true), ('clr_type', '14', '14', '门诊慢特病', true), ('clr_type', '21', '21', '住院', true),
  ('clr_type', '41', '41', '药店购药', true), ('clr_type', '99915', '11', '职工门诊清算', false), ('clr_type', '99927', '21', '职工住院清算', false),
  ('stmt_rslt', '0', '0', '平', true), ('stmt_rslt', '1', '103', '不平', true)
) v(dictionary, code, national, name, outward);
