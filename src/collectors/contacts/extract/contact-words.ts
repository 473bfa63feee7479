/**
 * Words by which sites name the pages that tell whom to contact, in the languages of most sites.
 * A key is one to three words joined by `-`, lower case, without accents: so it matches paths and
 * link texts alike.
 */

const WORDS: Readonly<Record<number, string>> = {
  // Contact.
  10:
    'contact contacts contactus contact-us contact-me contact-info contact-form contact-page contacting get-in-touch getintouch reach-us write-to-us talk-to-us ' +
    'kontakt kontakte kontaktformular kontaktieren kontaktiere ansprechpartner so-erreichen-sie kontakta kontakta-oss kontakt-os kontakt-oss kontakty kontaktai kontakti kontaktid kontaktujte kontakt-z-nami ' +
    'contactez contactez-nous nous-contacter contactez-moi contacto contactos contactar contactanos contactenos contatti contattaci contatto contato contatos fale-conosco faleconosco contacta ' +
    'contacteer contacteer-ons neem-contact contactgegevens contactpagina kapcsolat elerhetoseg elerhetosegek yhteystiedot yhteys ota-yhteytta iletisim bize-ulasin kontakt-info kontaktuppgifter hafa-samband sazinieties ' +
    'επικοινωνια контакты контакт контакти контактная-информация связаться свяжитесь обратная-связь связь-с-нами контактный зв-язок ' +
    'お問い合わせ お問合せ 問い合わせ 联系我们 聯絡我們 聯繫我們 联系方式 联络我们 문의 문의하기 연락처 오시는길 ติดต่อเรา ติดต่อ lien-he liên-hệ hubungi hubungi-kami kontak צור-קשר יצירת-קשר اتصل-بنا تواصل-معنا تماس-با-ما संपर्क संपर्क-करें kontaktirajte',
  // Who is behind the site, by law.
  9:
    'impressum imprint impress mentions-legales mentionslegales mentions-legale aviso-legal avisolegal note-legali notelegali legal-notice legalnotice colofon impresszum tiradas bedrijfsgegevens ' +
    'informacje-prawne informations-legales dati-societari company-details company-information rechtliches anbieterkennzeichnung disclosure ' +
    'foretagsinformation foretagsuppgifter dane-firmy dane-rejestrowe firmaoplysninger virksomhedsoplysninger firmainformasjon bedrijfsinformatie informacion-legal yritystiedot ' +
    '会社概要 特定商取引法 特定商取引法に基づく表記 運営会社 reqvizity реквизиты сведения-об-организации kunye künye tietoa-yrityksesta',
  // About.
  6:
    'about aboutus about-us about-me who-we-are our-company company our-story our-firm corporate profile the-company the-firm whoweare ' +
    'uber-uns ueber-uns ueberuns uber-mich unternehmen firma wir-uber-uns das-unternehmen a-propos apropos qui-sommes qui-sommes-nous l-entreprise entreprise notre-entreprise societe ' +
    'acerca acerca-de sobre sobre-nosotros quienes-somos nosotros empresa la-empresa chi-siamo chisiamo azienda l-azienda quem-somos sobre-nos a-empresa over over-ons overons wie-zijn-wij om-oss om-os om-foretaget om-mig ' +
    'o-nas onas o-firmie o-spolecnosti o-nama o-podjetju rolunk ceginformacio meista tietoa-meista yritys hakkimizda kurumsal despre despre-noi par-mums apie-mus meist ettevottest um-okkur ' +
    'σχετικα σχετικα-με-εμας ποιοι-ειμαστε η-εταιρεια о-компании о-нас компания за-нас про-нас про-компанию 会社情報 企業情報 关于我们 關於我們 公司简介 公司簡介 회사소개 เกี่ยวกับเรา gioi-thieu ve-chung-toi tentang-kami tentang אודות عن-الشركة من-نحن درباره-ما हमारे-बारे-में',
  // Where, and who works there.
  5:
    'locations location offices our-offices branches find-us where-we-are directions ' +
    'store-locator stores our-locations standorte standort filialen anfahrt so-finden-sie-uns ' +
    'agences nos-agences ou-nous-trouver donde-estamos sedes oficinas sucursales dove-siamo ' +
    'sedi onde-estamos unidades vestigingen locaties adres adresse address addresses ' +
    'toimipisteet lokalizacje oddzialy pobocky адреса филиалы アクセス 店舗 店舗情報 门店',
  4:
    'team our-team the-team meet-the-team people our-people staff leadership management ' +
    'founders board our-staff attorneys lawyers mitarbeiter unser-team equipe notre-equipe ' +
    'equipo nuestro-equipo squadra il-team equipa nosso-time medewerkers ons-team medarbetare ' +
    'medarbejdere zespol tym csapat команда наша-команда сотрудники ekip ekibimiz スタッフ 团队 팀',
  3:
    'support help customer-service customerservice kundenservice kundendienst service-client ' +
    'atencion-al-cliente servicio-al-cliente assistenza klantenservice asiakaspalvelu ' +
    'kundtjanst obsluga-klienta press presse media-contact',
  2:
    'privacy privacy-policy datenschutz datenschutzerklarung terms agb confidentialite ' +
    'politique-de-confidentialite privacidad politica-de-privacidad privacidade privacybeleid ' +
    'legal',
};

/** Accents off, lower case, as keys and candidates are both written. */
export function foldWord(text: string): string {
  const lower = text.toLowerCase();
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return lower
    .replace(/ß/g, 'ss')
    .replace(/ı/g, 'i')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}

export const CONTACT_WORDS: ReadonlyMap<string, number> = new Map(
  Object.entries(WORDS).flatMap(([weight, words]) =>
    words.split(' ').map((word) => [foldWord(word), Number(weight)] as const),
  ),
);

/** Words of scripts that put no spaces between words: looked for inside a text. */
export const INNER_WORDS: readonly (readonly [word: string, weight: number])[] = [
  ...CONTACT_WORDS,
].filter(([word]) => /[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]/.test(word));

/** Paths to try where a page links to none, likeliest first. */
export const GUESSES: Readonly<Record<string, readonly string[]>> = {
  en: ['/contact', '/contact-us', '/about', '/about-us'],
  de: ['/impressum', '/kontakt', '/ueber-uns', '/contact'],
  fr: ['/contact', '/mentions-legales', '/nous-contacter', '/a-propos'],
  es: ['/contacto', '/aviso-legal', '/contact', '/nosotros'],
  it: ['/contatti', '/contact', '/chi-siamo', '/note-legali'],
  pt: ['/contato', '/contacto', '/contactos', '/contact'],
  nl: ['/contact', '/over-ons', '/contact-us', '/colofon'],
  pl: ['/kontakt', '/contact', '/o-nas', '/o-firmie'],
  cs: ['/kontakt', '/kontakty', '/o-nas', '/contact'],
  sk: ['/kontakt', '/kontakty', '/o-nas', '/contact'],
  hu: ['/kapcsolat', '/kontakt', '/rolunk', '/impresszum'],
  ro: ['/contact', '/despre-noi', '/despre', '/contacte'],
  sv: ['/kontakt', '/kontakta-oss', '/om-oss', '/contact'],
  no: ['/kontakt', '/kontakt-oss', '/om-oss', '/contact'],
  da: ['/kontakt', '/kontakt-os', '/om-os', '/contact'],
  fi: ['/yhteystiedot', '/ota-yhteytta', '/yritys', '/contact'],
  tr: ['/iletisim', '/hakkimizda', '/contact', '/kurumsal'],
  ru: ['/contacts', '/kontakty', '/about', '/contact'],
  uk: ['/contacts', '/kontakty', '/about', '/contact'],
  el: ['/contact', '/epikoinonia', '/about', '/contact-us'],
  ja: ['/contact', '/company', '/about', '/inquiry'],
  zh: ['/contact', '/about', '/contact-us', '/about-us'],
  ko: ['/contact', '/company', '/about', '/contact-us'],
  vi: ['/lien-he', '/contact', '/gioi-thieu', '/about'],
  id: ['/kontak', '/hubungi-kami', '/contact', '/tentang-kami'],
};
