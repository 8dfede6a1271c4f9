-- Reason: first policy of consent: purposes, figures, notices, reasons of break-glass, the statutory duty of disease control,
--   and what counts as a special disease. Nothing here is verified against a document of a city unless its row says so.
-- Lock: rows of small new tables.

insert into consent_figure (name, version, value, from_date, source) values
  ('relationship-days-after-end', 1, 30, '2020-01-01', 'project default'),
  -- A visit whose end nobody reported does not last for ever.
  ('relationship-open-max-days', 1, 180, '2020-01-01', 'project default'),
  ('card-shown-hours', 1, 24, '2020-01-01', 'project default'),
  ('override-minutes', 1, 120, '2020-01-01', 'project default'),
  ('override-review-workdays', 1, 3, '2020-01-01', 'project default'),
  ('override-institution-max-overdue', 1, 5, '2020-01-01', 'project default'),
  ('ask-again-days', 1, 30, '2020-01-01', 'project default'),
  ('max-consents', 1, 200, '2020-01-01', 'project default');

-- TREAT is `declared` here: the four cities have no common feed of visits yet, so the reader's statement of purpose, kept in
-- the audit log, stands for the relation. A city that has the feed puts a version with `required` in force.
insert into consent_purpose (purpose, version, zh, en, basis, rule, heeds_consent, roles, data_classes, default_classes, from_date, source) values
  ('TREAT', 1, '诊疗', 'Treatment', 'treatment', 'declared', true, '{hospital}', '{C4,C5,C6}', '{C4,C5}', '2020-01-01', 'project default'),
  ('COC', 1, '转诊与会诊', 'Referral and consultation', 'treatment', 'required', true, '{hospital}', '{C4,C5,C6}', '{C4,C5}', '2020-01-01', 'project default'),
  ('ETREAT', 1, '急诊救治', 'Emergency treatment', 'emergency', 'override', true, '{hospital}', '{C4,C5,C6}', '{}', '2020-01-01', 'project default'),
  ('HPAYMT', 1, '费用结算', 'Payment', 'payment', 'permit', true, '{hospital,bureau}', '{C4,C5,C8}', '{C4,C8}', '2020-01-01', 'project default'),
  ('HRESCH', 1, '科研', 'Research', 'consent', 'deny', true, '{hospital}', '{C5,C6}', '{}', '2020-01-01', 'project default'),
  ('PUBHLTH', 1, '公共卫生', 'Public health', 'statutory-duty', 'legal-ground', false, '{cdc}', '{C4,C5,C6}', '{}', '2020-01-01', 'project default');

insert into consent_ground (ground_id, version, kind, purpose, role, legal_basis, data_classes, resource_types, sensitive_classes,
  from_at, source) values
  ('notifiable-disease', 1, 'statutory-duty', 'PUBHLTH', 'cdc', '《中华人民共和国传染病防治法》', '{C5,C6}',
   '{Condition,Observation,DiagnosticReport,Encounter,Immunization}', '{hiv,std}', '2020-01-01T00:00:00+08:00',
   'project default; the articles are to be checked by the legal office of the city');

insert into consent_override_reason (code, version, zh, en, from_date, source) values
  ('unconscious', 1, '患者昏迷或意识不清', 'The patient is unconscious or confused', '2020-01-01', 'project default'),
  ('life-threatening', 1, '危及生命，须立即救治', 'Life is in danger, treatment cannot wait', '2020-01-01', 'project default'),
  ('no-guardian-reachable', 1, '无法联系监护人或近亲属', 'No guardian or relative can be reached', '2020-01-01', 'project default'),
  ('mass-casualty', 1, '突发事件批量伤员救治', 'Many injured at one event', '2020-01-01', 'project default'),
  ('other-emergency', 1, '其他紧急情形', 'Another emergency', '2020-01-01', 'project default');

insert into consent_notice (notice, version, language, purpose, sensitive, text, from_date, source) values
  ('cross-city-records', 1, 'zh-CN', 'TREAT', false,
   '您同意后，您指定的医疗机构或城市在为您诊疗时，可以调阅您在成都、德阳、眉山、资阳其他医疗机构的病历、检查检验结果。调阅由您授权的医疗机构通过一码通平台进行，平台不保存病历内容，每次调阅均有记录，您可以随时查询。您可以随时撤回同意，撤回后立即停止调阅，不影响撤回前已进行的诊疗，也不影响您就医。您不同意的，医疗机构不得因此拒绝为您诊疗。',
   '2020-01-01', 'project default'),
  ('cross-city-records', 1, 'en', 'TREAT', false,
   'With your consent the institutions or cities that you name may read, while they treat you, your records and results at other institutions of Chengdu, Deyang, Meishan and Ziyang. They read through this service, which keeps no records itself; each reading is logged and you can see the log at any time. You may withdraw your consent at any time; reading then stops at once. Treatment given before is not affected, and nobody may refuse to treat you because you say no or withdraw.',
   '2020-01-01', 'project default'),
  ('special-disease', 1, 'zh-CN', 'TREAT', true,
   '以下信息属于您的敏感个人信息：艾滋病、性病、精神与心理、物质使用、遗传、生育、受侵害等诊疗信息。是否允许您指定的医疗机构在诊疗时调阅其中您选定的类别，由您单独决定。您不同意的，这些内容不会向其显示，其他诊疗服务不受影响。您可以随时撤回。',
   '2020-01-01', 'project default'),
  ('special-disease', 1, 'en', 'TREAT', true,
   'These are sensitive: HIV, sexually transmitted disease, mental health, substance use, genetics, reproduction, violence suffered. You decide apart from everything else whether the institutions that you name may read the classes that you choose. If you say no they are not shown them, and your treatment is not affected. You may withdraw at any time.',
   '2020-01-01', 'project default'),
  ('referral', 1, 'zh-CN', 'COC', false,
   '您同意后，接受转诊或会诊的医疗机构可以调阅与本次转诊或会诊有关的病历和检查检验结果。您可以随时撤回。',
   '2020-01-01', 'project default'),
  ('payment', 1, 'zh-CN', 'HPAYMT', false,
   '为结算您的医疗费用，定点医药机构和医疗保障经办机构需要处理您的结算信息。您可以就您指定的机构表示不同意，此时相关费用可能需要您先行垫付后手工报销。',
   '2020-01-01', 'project default'),
  ('research', 1, 'zh-CN', 'HRESCH', false,
   '您同意后，您指定的机构可以将您的诊疗信息用于科学研究。是否同意不影响您就医，您可以随时撤回。',
   '2020-01-01', 'project default');

insert into consent_sensitive_class (class, zh, en, opens_in_emergency, source) values
  ('hiv', '艾滋病', 'HIV', true, 'privacy-and-security C6; project default'),
  ('std', '性传播疾病', 'Sexually transmitted disease', true, 'privacy-and-security C6; project default'),
  ('psychiatric', '精神与心理', 'Mental health', true, 'privacy-and-security C6; project default'),
  ('substance', '物质使用', 'Substance use', true, 'project default'),
  ('genetic', '遗传', 'Genetics', false, 'privacy-and-security C6; project default'),
  ('reproductive', '生育', 'Reproduction', true, 'project default'),
  ('violence', '受侵害', 'Violence suffered', true, 'project default'),
  ('restricted', '来源机构限制', 'Restricted by its source', false, 'project default');

-- Code systems as hospitals here write them: the HL7 address, and the identifier of WS/T 364 tables for ICD-10.
insert into consent_sensitive_code (class, system, match, value, version, source)
select class, system, 'prefix', lower(value), 1, 'ICD-10 chapters; project selection'
from (values
  ('hiv', 'B20'), ('hiv', 'B21'), ('hiv', 'B22'), ('hiv', 'B23'), ('hiv', 'B24'), ('hiv', 'Z21'), ('hiv', 'R75'),
  ('hiv', 'F02.4'), ('hiv', 'O98.7'), ('hiv', 'Z11.4'),
  ('std', 'A50'), ('std', 'A51'), ('std', 'A52'), ('std', 'A53'), ('std', 'A54'), ('std', 'A55'), ('std', 'A56'), ('std', 'A57'),
  ('std', 'A58'), ('std', 'A59'), ('std', 'A60'), ('std', 'A63'), ('std', 'A64'), ('std', 'O98.1'), ('std', 'O98.2'),
  ('std', 'O98.3'), ('std', 'Z11.3'), ('std', 'Z22.4'),
  ('psychiatric', 'F'), ('psychiatric', 'X6'), ('psychiatric', 'X7'), ('psychiatric', 'X80'), ('psychiatric', 'X81'),
  ('psychiatric', 'X82'), ('psychiatric', 'X83'), ('psychiatric', 'X84'), ('psychiatric', 'Z91.5'), ('psychiatric', 'R45.8'),
  ('substance', 'F10'), ('substance', 'F11'), ('substance', 'F12'), ('substance', 'F13'), ('substance', 'F14'),
  ('substance', 'F15'), ('substance', 'F16'), ('substance', 'F18'), ('substance', 'F19'), ('substance', 'Z71.4'),
  ('substance', 'Z71.5'), ('substance', 'Z72.2'),
  ('genetic', 'Q90'), ('genetic', 'Q91'), ('genetic', 'Q92'), ('genetic', 'Q93'), ('genetic', 'Q95'), ('genetic', 'Q96'),
  ('genetic', 'Q97'), ('genetic', 'Q98'), ('genetic', 'Q99'), ('genetic', 'G10'), ('genetic', 'Z14'), ('genetic', 'Z15'),
  ('genetic', 'Z31.5'),
  ('reproductive', 'O03'), ('reproductive', 'O04'), ('reproductive', 'O05'), ('reproductive', 'O06'), ('reproductive', 'O07'),
  ('reproductive', 'O08'), ('reproductive', 'Z30'), ('reproductive', 'Z31'), ('reproductive', 'Z32'), ('reproductive', 'Z64.0'),
  ('reproductive', 'N46'), ('reproductive', 'N97'),
  ('violence', 'T74'), ('violence', 'Y05'), ('violence', 'Y07')
) as codes (class, value),
(values ('http://hl7.org/fhir/sid/icd-10'), ('http://hl7.org/fhir/sid/icd-10-cm'), ('urn:oid:2.16.840.1.113883.6.3'),
  ('urn:oid:2.16.156.10011.2.3.3.11')) as systems (system);

insert into consent_sensitive_code (class, system, match, value, version, source)
select class, 'http://loinc.org', 'code', lower(value), 1, 'LOINC; project selection'
from (values
  ('hiv', '56888-1'), ('hiv', '75622-1'), ('hiv', '7917-8'), ('hiv', '5221-7'), ('hiv', '5220-9'), ('hiv', '20447-9'),
  ('hiv', '25835-0'), ('hiv', '24012-7'), ('hiv', '29893-5'), ('hiv', '30361-0'), ('hiv', '31201-7'), ('hiv', '48345-3'),
  ('hiv', '68961-2'), ('hiv', '70241-5'), ('hiv', '80387-4'), ('hiv', '85686-4'), ('hiv', '89365-1'),
  ('std', '20507-0'), ('std', '20508-8'), ('std', '22461-8'), ('std', '22462-6'), ('std', '24110-9'), ('std', '5292-8'),
  ('std', '31147-2'), ('std', '8041-6'), ('std', '17723-8'), ('std', '47236-5'), ('std', '24111-7'), ('std', '43305-2'),
  ('std', '21613-5'), ('std', '43304-5'), ('std', '6349-5'), ('std', '691-6'),
  ('substance', '3426-4'), ('substance', '3390-2'), ('substance', '3397-7'), ('substance', '3879-4'), ('substance', '19343-3'),
  ('psychiatric', '44249-1'), ('psychiatric', '44261-6'), ('psychiatric', '69737-5'), ('psychiatric', '70274-6'),
  ('genetic', '69548-6'), ('genetic', '48018-6'), ('genetic', '51969-4'), ('genetic', '81247-9'), ('genetic', '53037-8'),
  ('genetic', '81259-4'), ('genetic', '21636-6'), ('genetic', '21637-4'),
  ('reproductive', '2106-3'), ('reproductive', '2110-5'), ('reproductive', '21198-7')
) as codes (class, value);

-- Labels by which a source itself says so (HL7 v3 ActCode, Confidentiality).
insert into consent_sensitive_code (class, system, match, value, version, source)
select class, system, 'code', lower(value), 1, 'HL7 v3 vocabulary'
from (values
  ('hiv', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'HIV'),
  ('std', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'STD'),
  ('psychiatric', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'PSY'),
  ('psychiatric', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'MH'),
  ('psychiatric', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'PSYTHPN'),
  ('substance', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'ETH'),
  ('substance', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'SUD'),
  ('genetic', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'GDIS'),
  ('reproductive', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'SEX'),
  ('violence', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'SDV'),
  ('restricted', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'V')
) as labels (class, system, value);

-- Words of display or text: laboratories send local codes, and a name is then all there is. Rather one too many withheld.
insert into consent_sensitive_code (class, system, match, value, version, source)
select class, '', 'word', lower(value), 1, 'project selection'
from (values
  ('hiv', 'HIV'), ('hiv', '艾滋'), ('hiv', '人类免疫缺陷病毒'), ('hiv', '人免疫缺陷病毒'), ('hiv', '获得性免疫缺陷'),
  ('std', '梅毒'), ('std', '淋病'), ('std', '淋球菌'), ('std', '尖锐湿疣'), ('std', '生殖器疱疹'), ('std', '软下疳'),
  ('std', 'treponema'), ('std', 'syphilis'), ('std', 'gonorrh'),
  ('psychiatric', '精神分裂'), ('psychiatric', '精神科'), ('psychiatric', '抑郁'), ('psychiatric', '双相情感'),
  ('psychiatric', 'schizophren'), ('psychiatric', 'depressive'), ('psychiatric', 'psychiatr'),
  ('substance', '吸毒'), ('substance', '戒毒'), ('substance', '酒精依赖'), ('substance', '吗啡定性'), ('substance', '甲基苯丙胺'),
  ('genetic', '基因'), ('genetic', '染色体'), ('genetic', 'genetic'), ('genetic', 'karyotyp'),
  ('reproductive', '流产'), ('reproductive', '人工授精'), ('reproductive', '试管婴儿'), ('reproductive', '绒毛膜促性腺'),
  ('reproductive', '不孕'), ('reproductive', '不育'), ('reproductive', 'abortion'),
  ('violence', '性侵'), ('violence', '家庭暴力'), ('violence', 'sexual assault'), ('violence', 'domestic violence')
) as words (class, value);
