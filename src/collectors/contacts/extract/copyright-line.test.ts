import assert from 'node:assert/strict';
import { test } from 'node:test';
import { companyName } from './company-name.ts';
import { copyrightHolders } from './copyright-line.ts';

const LINES: readonly (readonly [line: string, holder: string])[] = [
  ['© 2003-2010 Foo Bar, Inc. All rights reserved.', 'Foo Bar, Inc.'],
  ['Copyright © 2014 Foo Bar', 'Foo Bar'],
  ['© Copyright 2013 FooBar | All Rights Reserved | Privacy Policy', 'FooBar'],
  [
    'Privacy Policy - Copyright © 2002-2014, Foo Bar. All Rights Reserved. Design by XYZ.',
    'Foo Bar',
  ],
  ['Copyright 2014 by Foo Solutions, LLC. .', 'Foo Solutions, LLC.'],
  ['Foo Visions Inc. Copyright ©1986-2013', 'Foo Visions Inc.'],
  ['Foo Corporation © 2013 Privacy Policy', 'Foo Corporation'],
  ['Copyright \ufffd 2014 Foo Bar. All Rights Reserved. Site Design by Studio X.', 'Foo Bar'],
  ['\ufffd2004-2013 Foo Tri-State. All Rights Reserved.', 'Foo Tri-State'],
  ['© 2014 FOO & BAR LIMITED. All rights reserved.', 'FOO & BAR LIMITED'],
  ['Copyright 2014 Foo Resources Inc.\t\tHome', 'Foo Resources Inc.'],
  [
    '© 2014 Copyright - Foo Specialists. All rights reserved. | Website by Studio',
    'Foo Specialists',
  ],
  ['©2003-13 City of Foo • 245 East Bar Avenue', 'City of Foo'],
  ['© 2012 Foo Muster GmbH – Alle Rechte vorbehalten', 'Foo Muster GmbH'],
  ['© 2004-2014 Foo Ridge, Inc. Ridge is a registered trademark.', 'Foo Ridge, Inc.'],
  ['© 2020 Foo Muster S.r.l. Tutti i diritti riservati.', 'Foo Muster S.r.l.'],
  ['© 2020 Foo Exemplo Ltda. Todos os direitos reservados.', 'Foo Exemplo Ltda.'],
  ['© 2020 Foo Voorbeeld B.V. All rights reserved.', 'Foo Voorbeeld B.V.'],
  ['© 2020 Foo Exemple SARL. Tous droits réservés.', 'Foo Exemple SARL'],
  ['Copyright © Foo Dermatology201420142009. All Rights Reserved', 'Foo Dermatology'],
  ['© 2024 Law Offices of Jane Foo. All rights reserved', 'Law Offices of Jane Foo'],
  ['© 2024 Police Athletic League', 'Police Athletic League'],
  ['© 2024 Protection Foo Alarm', 'Protection Foo Alarm'],
  ['Copyright Protection Act of Foo', ''],
  ['Copyright Policy of Foo', ''],
  ['© 2024 Foo Legal Services', 'Foo Legal Services'],
  ['© 2024 First Contact Foo', 'First Contact Foo'],
  ['© 2024 Contact Lens Center', 'Contact Lens Center'],
  ['© 2024 Foo Tools. Legal Notice', 'Foo Tools'],
  ['© 2024 Foo Tools Contact Us', 'Foo Tools'],
  ['© 2024 Foo Tools Legal', 'Foo Tools'],
  ['© 2024 Foo Tools Theme by Studio X', 'Foo Tools'],
  ['© 2024 Foo Tools Accessibility Statement', 'Foo Tools'],
  ['© 2024 Foo Bank Member FDIC', 'Foo Bank'],
  ['© 2024 Foo Tools is a division of Bar Inc.', 'Foo Tools'],
  ['© 2024 Foo Tools and its affiliates', 'Foo Tools'],
  ['© 2024 Foo Tools 455 Oak St, Akron, OH 44301', 'Foo Tools'],
  ['© 2024 The Foo Tool Company. 455 Oak St. Akron OH', 'The Foo Tool Company'],
  ['© 2024 Pier 39 Foo', 'Pier 39 Foo'],
  ['© Copyright 2014', ''],
  ['SEO by © Studio Optimisers | all rights reserved', ''],
  ['Notice of Copyright Infringement', ''],
  ['a non-profit 501 (c) (3) organisation', ''],
];

for (const [line, holder] of LINES) {
  test(`copyright: ${line}`, () => {
    assert.equal(companyName(copyrightHolders(line)[0] ?? ''), companyName(holder));
  });
}

const NAMES: readonly (readonly [raw: string, name: string])[] = [
  ['Welcome to Foo Bar', 'Foo Bar'],
  ['Contact Foo Bar', 'Foo Bar'],
  ['Foo &amp; Bar® ', 'Foo & Bar'],
  ['« Foo Bar »', 'Foo Bar'],
  ['Foo Bar logo', 'Foo Bar'],
  ['Foo Bar Official Site', 'Foo Bar'],
  ['Contact Us', ''],
  ['Home', ''],
  ['Impressum', ''],
  ['2012', ''],
  ['info@foo.test', ''],
  ['123 Main Street', ''],
  ['a b c d e f g h i j k', ''],
];

for (const [raw, name] of NAMES) {
  test(`company name: ${raw}`, () => assert.equal(companyName(raw), name));
}
