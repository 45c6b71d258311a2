package sumsub

// A meaning says what one of the vendor's reject labels speaks of. It never says how serious it is: the same label comes
// with a final rejection and with a request for a better photograph. Seen in a step, a label of component "document"
// speaks of what that step is about: a blurred bill is about the address.
type meaning struct {
	component string // "" when it is about the applicant as a whole
	reason    string // our code
	side      string // the side that is missing
	document  string // what to hand in, where the label alone tells
	data      bool   // the subject must correct what was typed
}

// labels is the whole of the vendor's vocabulary of reject labels. What is not here is about the applicant as a whole and
// is counted as unknown.
var labels = map[string]meaning{
	// The document.
	"FORGERY":                      {component: "document", reason: "forged"},
	"DOCUMENT_TEMPLATE":            {component: "document", reason: "forged"},
	"DEEPFAKE":                     {component: "document", reason: "forged"},
	"GRAPHIC_EDITOR":               {component: "document", reason: "document_anomaly"},
	"STOLEN_DOCS":                  {component: "document", reason: "document_lost_or_stolen"},
	"ID_INVALID":                   {component: "document", reason: "document_unverified"},
	"DOCUMENT_DEPRIVED":            {component: "document", reason: "document_lost_or_stolen"},
	"BAD_PROOF_OF_IDENTITY":        {component: "document", reason: "wrong_document"},
	"UNSUITABLE_DOCUMENT":          {component: "document", reason: "company_document_invalid"},
	"EXPIRATION_DATE":              {component: "document", reason: "expired_document"},
	"OUTDATED_DOCUMENT_VERSION":    {component: "document", reason: "outdated_document"},
	"DOCUMENT_DAMAGED":             {component: "document", reason: "document_damaged"},
	"INCOMPLETE_DOCUMENT":          {component: "document", reason: "cropped"},
	"UNFILLED_ID":                  {component: "document", reason: "data_missing"},
	"INCOMPATIBLE_LANGUAGE":        {component: "document", reason: "unsupported_language"},
	"UNSUPPORTED_LANGUAGE":         {component: "document", reason: "unsupported_language"},
	"LOW_QUALITY":                  {component: "document", reason: "blurred"},
	"UNSATISFACTORY_PHOTOS":        {component: "document", reason: "bad_photo"},
	"BLACK_AND_WHITE":              {component: "document", reason: "bad_photo"},
	"SCREENSHOTS":                  {component: "document", reason: "not_an_original"},
	"DIGITAL_DOCUMENT":             {component: "document", reason: "not_an_original"},
	"NOT_DOCUMENT":                 {component: "document", reason: "wrong_document"},
	"DOCUMENT_PAGE_MISSING":        {component: "document", reason: "missing_page"},
	"FRONT_SIDE_MISSING":           {component: "document", reason: "missing_side", side: front},
	"BACK_SIDE_MISSING":            {component: "document", reason: "missing_side", side: back},
	"ADDITIONAL_DOCUMENT_REQUIRED": {component: "document", reason: "missing_document"},
	"MORE_DOCUMENTS_REQUIRED":      {component: "document", reason: "missing_document"},
	"DOCUMENT_MISSING":             {component: "document", reason: "missing_document"},
	"NO_SUITABLE_DOCS":             {component: "document", reason: "missing_document"},
	"ADDITIONAL_DATA_REQUIRED":     {component: "document", reason: "data_missing"},

	// The face.
	"SELFIE_MISMATCH":                     {component: "selfie", reason: "selfie_mismatch"},
	"BAD_FACE_MATCHING":                   {component: "selfie", reason: "selfie_mismatch"},
	"PERSON_MISMATCH":                     {component: "selfie", reason: "selfie_mismatch"},
	"BAD_AVATAR":                          {component: "selfie", reason: "bad_selfie", document: "SELFIE"},
	"BAD_SELFIE":                          {component: "selfie", reason: "bad_selfie", document: "SELFIE"},
	"BAD_VIDEO_SELFIE":                    {component: "selfie", reason: "bad_selfie", document: "SELFIE"},
	"SELFIE_WITH_PAPER":                   {component: "selfie", reason: "bad_selfie", document: "SELFIE"},
	"FRAUDULENT_LIVENESS":                 {component: "liveness", reason: "liveness_failed"},
	"LIVENESS_WITH_PHONE":                 {component: "liveness", reason: "liveness_failed"},
	"VIDEO_FILTERS_OR_MASKS":              {component: "liveness", reason: "liveness_failed"},
	"FORCED_VERIFICATION":                 {component: "liveness", reason: "forced"},
	"THIRD_PARTY_INVOLVED":                {component: "liveness", reason: "forced"},
	"THIRD_PARTY_GUIDANCE":                {component: "liveness", reason: "forced"},
	"SPONSORED_VERIFICATION":              {component: "liveness", reason: "forced"},
	"NOT_ALONE":                           {component: "liveness", reason: "several_faces"},
	"APPLICANT_INTERRUPTED_INTERVIEW":     {component: "liveness", reason: "abandoned"},
	"UNSUITABLE_ENV":                      {component: "liveness", reason: "liveness_failed"},
	"CONNECTION_INTERRUPTED":              {component: "liveness", reason: "liveness_failed"},
	"NO_APPLICANT":                        {component: "liveness", reason: "abandoned"},
	"CONNECTION_ISSUES":                   {component: "liveness", reason: "liveness_failed"},
	"CAMERA_OR_LIGHTING_ISSUES":           {component: "liveness", reason: "liveness_failed"},
	"SOUND_ISSUES":                        {component: "liveness", reason: "liveness_failed"},
	"OTHER_VI_ISSUES":                     {component: "liveness", reason: "inconclusive"},
	"REFUSED_TO_CONTINUE":                 {component: "liveness", reason: "abandoned"},
	"SUPPORTED_LANGUAGE_IS_NOT_AVAILABLE": {component: "liveness", reason: "unsupported_language"},
	"VI_ATTEMPTS_LIMIT_REACHED":           {component: "liveness", reason: "too_many_attempts"},
	"BEHAVIOR":                            {component: "liveness", reason: "inconclusive"},

	// What was typed.
	"PROBLEMATIC_APPLICANT_DATA": {component: "name", reason: "data_mismatch", data: true},
	"REQUESTED_DATA_MISMATCH":    {component: "name", reason: "data_mismatch", data: true},
	"AGE_REQUIREMENT_MISMATCH":   {component: "birth_date", reason: "underage"},
	"WRONG_ADDRESS":              {component: "address", reason: "address_mismatch", document: "PROOF_OF_ADDRESS"},
	"BAD_PROOF_OF_ADDRESS":       {component: "address", reason: "address_unverified", document: "PROOF_OF_ADDRESS"},
	"GPS_AS_POA_SKIPPED":         {component: "address", reason: "address_unverified", document: "PROOF_OF_ADDRESS"},
	"PHONE_VERIFICATION_ISSUES":  {component: "phone", reason: "phone_unverified"},
	"BAD_PROOF_OF_PAYMENT":       {component: "bank_account", reason: "account_unverified"},
	"INCORRECT_SOCIAL_NUMBER":    {component: "database", reason: "id_number_mismatch"},
	"DB_DATA_MISMATCH":           {component: "database", reason: "data_mismatch"},
	"DB_DATA_NOT_FOUND":          {component: "database", reason: "not_found"},
	"DB_NO_DATA_SOURCE":          {component: "database", reason: "not_checked"},

	// Lists.
	"SANCTIONS":           {component: "aml", reason: "sanctions_hit"},
	"PEP":                 {component: "aml", reason: "pep_hit"},
	"ADVERSE_MEDIA":       {component: "aml", reason: "adverse_media_hit"},
	"CRIMINAL":            {component: "aml", reason: "criminal_record_hit"},
	"COMPROMISED_PERSONS": {component: "aml", reason: "criminal_record_hit"},
	"RESTRICTED_PERSON":   {component: "aml", reason: "requirements_not_met"},

	// A business.
	"COMPANY_NOT_DEFINED_STRUCTURE":           {component: "ownership", reason: "company_structure_unclear"},
	"COMPANY_NOT_DEFINED_OWNERSHIP_STRUCTURE": {component: "ownership", reason: "company_structure_unclear"},
	"COMPANY_NOT_DEFINED_BENEFICIARIES":       {component: "ownership", reason: "company_structure_unclear"},
	"COMPANY_NOT_DEFINED_REPRESENTATIVES":     {component: "ownership", reason: "company_structure_unclear"},
	"COMPANY_NOT_VALIDATED_BENEFICIARIES":     {component: "ownership", reason: "company_person_failed"},
	"COMPANY_NOT_VALIDATED_BENEFICIAL_OWNERS": {component: "ownership", reason: "company_person_failed"},
	"COMPANY_NOT_VALIDATED_DIRECTORS":         {component: "ownership", reason: "company_person_failed"},
	"COMPANY_NOT_VALIDATED_REPRESENTATIVES":   {component: "ownership", reason: "company_person_failed"},
	"COMPANY_PROBLEMATIC_STRUCTURE":           {component: "ownership", reason: "company_person_failed"},
	"COMPANY_INCORRECT_DATA":                  {component: "registry", reason: "company_data_mismatch", data: true},
	"COMPANY_DATA_MISMATCH":                   {component: "registry", reason: "company_data_mismatch", data: true},
	"COMPANY_INACTIVE_ENTITY":                 {component: "registry", reason: "company_inactive"},

	// The applicant as a whole.
	"FRAUDULENT_PATTERNS":             {reason: "fraud"},
	"SUSPICIOUS_PATTERNS":             {reason: "fraud"},
	"INCORRECT_PATTERNS":              {reason: "fraud"},
	"INCONSISTENT_PROFILE":            {reason: "data_mismatch"},
	"DUPLICATE":                       {reason: "duplicate_person"},
	"SPAM":                            {reason: "too_many_attempts"},
	"BLACKLIST":                       {reason: "blocklisted"},
	"BLOCKLIST":                       {reason: "blocklisted"},
	"EXTERNAL_DECISION_REJECTION":     {reason: "other"},
	"REGULATIONS_VIOLATIONS":          {reason: "requirements_not_met"},
	"WRONG_USER_REGION":               {reason: "region_not_served"},
	"FOREIGNER":                       {reason: "region_not_served"},
	"EXPERIENCE_REQUIREMENT_MISMATCH": {reason: "requirements_not_met"},
	"NOT_ALL_CHECKS_COMPLETED":        {reason: "not_checked"},
	"INSUFFICIENT_DATA":               {reason: "data_missing"},
	"ESIGN_FAILED":                    {reason: "consent_missing"},
	"CHECK_UNAVAILABLE":               {reason: "not_checked"},
	"OTHER":                           {reason: "other"},
	"OK":                              {reason: "other"},
}

// faults are what the vendor finds wrong with a picture as soon as it is uploaded, in our codes. It has made the picture
// inactive by then.
var faults = map[string]string{
	"forbiddenDocument":         "wrong_document",
	"differentDocTypeOrCountry": "wrong_document",
	"missingImportantInfo":      "unreadable",
	"dataNotReadable":           "unreadable",
	"expiredDoc":                "expired_document",
	"documentWayTooMuchOutside": "cropped",
	"grayscale":                 "bad_photo",
	"noIdDocFacePhoto":          "wrong_document",
	"selfieFaceBadQuality":      "bad_selfie",
	"screenRecapture":           "not_an_original",
	"screenshot":                "not_an_original",
	"sameSides":                 "missing_side",
	"shouldBeMrzDocument":       "wrong_document",
	"shouldBeDoubleSided":       "missing_side",
	"shouldBeDoublePaged":       "missing_page",
	"documentDeclinedBefore":    "document_unverified",
}

// lists are the risk labels of screening, in our codes.
var lists = map[string]string{
	"sanctions": "sanctions_hit", "pep": "pep_hit", "adverseMedia": "adverse_media_hit", "terrorism": "criminal_record_hit",
	"crime": "criminal_record_hit", "fitnessProbity": "requirements_not_met",
}

// groups are the groups of risk labels of an approved applicant: the component that each throws doubt on, and why.
var groups = map[string]meaning{
	"document":   {component: "document", reason: "document_anomaly"},
	"selfie":     {component: "selfie", reason: "manual_review"},
	"aml":        {component: "aml", reason: "possible_list_match"},
	"email":      {component: "email", reason: "email_unverified"},
	"phone":      {component: "phone", reason: "phone_unverified"},
	"crossCheck": {component: "name", reason: "small_inconsistency"},
	"person":     {component: "name", reason: "small_inconsistency"},
	"device":     {component: "fraud", reason: "suspicious_device"},
}

// stepComponents are the parts of a level, and the components that each speaks of; the first is the one that a bad picture in it
// is held against. Steps that are not here (questionnaires, signatures) speak of none.
var stepComponents = map[string][]string{
	"APPLICANT_DATA":        {"name", "birth_date"},
	"IDENTITY":              {"document", "name", "birth_date"},
	"SELFIE":                {"selfie", "liveness"},
	"PROOF_OF_RESIDENCE":    {"address"},
	"EMAIL_VERIFICATION":    {"email"},
	"PHONE_VERIFICATION":    {"phone"},
	"PROOF_OF_PAYMENT":      {"bank_account"},
	"PAYMENT_METHODS":       {"bank_account"},
	"E_KYC":                 {"database"},
	"COMPANY":               {"registry"},
	"COMPANY_DATA":          {"registry"},
	"COMPANY_DOCUMENTS":     {"document"},
	"COMPANY_BENEFICIARIES": {"ownership"},
}
