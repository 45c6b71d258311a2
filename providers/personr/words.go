package personr

import "strings"

// Where the confidence of the vendor's verdicts comes from: see the package's comment.
const (
	approved = 96
	rejected = 97
)

// The whole of the vendor's vocabulary. What is not here is unknown, and counted.
var (
	statuses = map[string]string{
		"Created": "pending", "Pre-Checked": "pending", "Pending": "pending", "Reviewed": "completed",
	}
	// rejectTypes are compared without case: the vendor's prose, table and engine write them differently.
	rejectTypes = map[string]string{"retry": "retry", "final": "final"}

	// kinds are our documents in the vendor's words; several real documents share one.
	kinds = map[string]string{
		"SELFIE": "SELFIE", "ID_CARD": "ID_CARD", "DRIVERS_LICENSE": "DRIVERS", "PASSPORT": "PASSPORT", "RESIDENCE_PERMIT": "RESIDENCE_PERMIT",
		"PROOF_OF_ADDRESS": "UTILITY_BILL", "BANK_STATEMENT": "UTILITY_BILL",
	}
	// documents is the way back.
	documents = map[string]string{
		"SELFIE": "SELFIE", "ID_CARD": "ID_CARD", "DRIVERS": "DRIVERS_LICENSE", "PASSPORT": "PASSPORT", "RESIDENCE_PERMIT": "RESIDENCE_PERMIT",
		"UTILITY_BILL": "PROOF_OF_ADDRESS",
	}
	extensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
)

// label is a reject label in our words: which component it is about, why, and which image it asks for.
type label struct {
	component string
	code      string
	ask       string // a selfie, one side, or "" for every identity document
}

// labels has the vendor's spellings and those of the engine underneath, which both occur. The engine is Sumsub's: what both
// tables have has one code.
var labels = map[string]label{
	"LOW_QUALITY":                {"document", "blurred", ""},
	"NOT_DOC":                    {"document", "wrong_document", ""},
	"NOT_DOCUMENT":               {"document", "wrong_document", ""},
	"ID_INVALID":                 {"document", "document_unverified", ""},
	"INCOMPLETE_DOC":             {"document", "cropped", ""},
	"INCOMPLETE_DOCUMENT":        {"document", "cropped", ""},
	"UNSATISFACTORY_PHOTOS":      {"document", "bad_photo", ""},
	"DOC_PAGE_MISSING":           {"document", "missing_page", ""},
	"DOCUMENT_PAGE_MISSING":      {"document", "missing_page", ""},
	"DOC_DAMAGED":                {"document", "document_damaged", ""},
	"DOCUMENT_DAMAGED":           {"document", "document_damaged", ""},
	"DOC_DEPRIVED":               {"document", "document_lost_or_stolen", ""},
	"DOCUMENT_DEPRIVED":          {"document", "document_lost_or_stolen", ""},
	"PROB_APPLICANT_DATA":        {"person", "data_mismatch", ""},
	"PROBLEMATIC_APPLICANT_DATA": {"person", "data_mismatch", ""},
	"GRAPHIC_EDITOR":             {"document", "document_anomaly", ""},
	"FRONT_SIDE_MISSING":         {"document", "missing_side", "FRONT_SIDE"},
	"BACK_SIDE_MISSING":          {"document", "missing_side", "BACK_SIDE"},
	"SCREENSHOTS":                {"document", "not_an_original", ""},
	"BLACK_AND_WHITE":            {"document", "bad_photo", ""},
	"EXPIRATION_DATE":            {"document", "expired_document", ""},
	"UNFILLED_DOC":               {"document", "data_missing", ""},
	"UNFILLED_ID":                {"document", "data_missing", ""},
	"BAD_SELFIE":                 {"selfie", "bad_selfie", "SELFIE"},
	"SELFIE_MISMATCH":            {"selfie", "selfie_mismatch", "SELFIE"},
	"BAD_FACE_MATCHING":          {"selfie", "selfie_mismatch", "SELFIE"},

	"FORGERY":             {"document", "forged", ""},
	"CRIMINAL":            {"aml", "criminal_record_hit", ""},
	"SANCTIONS":           {"aml", "sanctions_hit", ""},
	"COMPROMISED_PERSONS": {"aml", "criminal_record_hit", ""}, // wanted lists: the engine underneath has a label of its own for an office
	// The vendor's page names it among the labels of a final rejection. So of a person, whose rejections say whether they are final,
	// it is what the verdict says: not valid. A business's rejection says no type, and somebody looks at a mere match.
	"WATCHLIST": {"aml", "possible_list_match", ""},
}

// says is the reasoning in our words.
func says(result string) string {
	switch result {
	case "true":
		return "Personr approved it."
	case "false":
		return "Personr rejected it for good."
	case "flagged":
		return "Personr warned of something."
	}
	return "Personr could not tell."
}

// split takes an image's name apart, as ref.Images has it.
func split(name string) (kind, side string) {
	kind, side, _ = strings.Cut(name, "/")
	return kind, strings.TrimSuffix(side, "_SIDE")
}
