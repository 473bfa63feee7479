/** Which schema.org types name the organisation behind a page, and which only look like it. */

/**
 * Endings of the types below Organization and LocalBusiness; there are some two hundred of them.
 */
const ORGANISATION = new RegExp(
  [
    '(?:organi[sz]ation|business|corporation|store|shop|restaurant|service|hotel|',
    'motel|resort|school|university|college|clinic|hospital|dentist|attorney|',
    'notary|agency|agent|bakery|brewery|winery|distillery|library|museum|club|gym|',
    'salon|spa|dealer|repair|rental|wash|station|contractor|plumber|electrician|',
    'locksmith|painter|mover|association|airline|bank|creditunion|church|mosque|',
    'synagogue|temple|embassy|government(?:office)?|cityhall|courthouse|pharmacy|',
    'optician|veterinarycare|project|brand|team|ngo|group|campground|hostel|inn|',
    'bedandbreakfast|apartment|lodging|company|outlet|pub|bar|cafe|coffeeshop|deli|',
    'florist|parlor|center|centre|office|laundry|daycare|childcare|placeofworship|',
    'publisher|theater|cinema|zoo|aquarium|studio|firm|practice)$',
  ].join(''),
  'i',
);

const NOT_ORGANISATION = new RegExp(
  [
    '(?:product|offer|review|person|event|article|posting|page|website|list|',
    'listitem|rating|image|imageobject|action|place|address|contactpoint|',
    'specification|coordinates|brand)$',
  ].join(''),
  'i',
);

/** Whether a schema.org type (last path segment) means an organisation. */
export function isOrganisationType(type: string): boolean {
  return type !== '' && ORGANISATION.test(type) && !NOT_ORGANISATION.test(type);
}

/** Keys whose values are about somebody else: the author, the thing reviewed, the maker. */
export const FOREIGN_KEYS: ReadonlySet<string> = new Set([
  'author',
  'creator',
  'contributor',
  'editor',
  'review',
  'reviews',
  'itemreviewed',
  'brand',
  'manufacturer',
  'offers',
  'seller',
  'performer',
  'organizer',
  'sponsor',
  'funder',
  'memberof',
  'alumniof',
  'worksfor',
  'affiliation',
  'mentions',
  'about',
  'hiringorganization',
  'comment',
  'parentorganization',
  'suborganization',
  'areaserved',
]);
