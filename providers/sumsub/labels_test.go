package sumsub

import (
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/providers"
)

// documented is every reject label that the vendor documents, or has documented.
const documented = `FORGERY DOCUMENT_TEMPLATE GRAPHIC_EDITOR FRAUDULENT_PATTERNS FRAUDULENT_LIVENESS STOLEN_DOCS SELFIE_MISMATCH
INCONSISTENT_PROFILE DUPLICATE SPAM BLACKLIST BLOCKLIST EXTERNAL_DECISION_REJECTION CRIMINAL COMPROMISED_PERSONS PEP SANCTIONS
ADVERSE_MEDIA RESTRICTED_PERSON REGULATIONS_VIOLATIONS WRONG_USER_REGION FOREIGNER AGE_REQUIREMENT_MISMATCH
EXPERIENCE_REQUIREMENT_MISMATCH LOW_QUALITY UNSATISFACTORY_PHOTOS BLACK_AND_WHITE SCREENSHOTS DIGITAL_DOCUMENT NOT_DOCUMENT ID_INVALID
DOCUMENT_DEPRIVED EXPIRATION_DATE DOCUMENT_DAMAGED INCOMPLETE_DOCUMENT UNFILLED_ID INCOMPATIBLE_LANGUAGE DOCUMENT_PAGE_MISSING
FRONT_SIDE_MISSING BACK_SIDE_MISSING BAD_AVATAR BAD_SELFIE BAD_VIDEO_SELFIE BAD_FACE_MATCHING SELFIE_WITH_PAPER BAD_PROOF_OF_IDENTITY
BAD_PROOF_OF_ADDRESS BAD_PROOF_OF_PAYMENT WRONG_ADDRESS GPS_AS_POA_SKIPPED PROBLEMATIC_APPLICANT_DATA REQUESTED_DATA_MISMATCH
ADDITIONAL_DOCUMENT_REQUIRED MORE_DOCUMENTS_REQUIRED NOT_ALL_CHECKS_COMPLETED CHECK_UNAVAILABLE INCORRECT_SOCIAL_NUMBER DB_DATA_NOT_FOUND
DB_DATA_MISMATCH DB_NO_DATA_SOURCE COMPANY_NOT_DEFINED_STRUCTURE COMPANY_NOT_DEFINED_OWNERSHIP_STRUCTURE COMPANY_NOT_DEFINED_BENEFICIARIES
COMPANY_NOT_DEFINED_REPRESENTATIVES COMPANY_NOT_VALIDATED_BENEFICIARIES COMPANY_NOT_VALIDATED_BENEFICIAL_OWNERS
COMPANY_NOT_VALIDATED_DIRECTORS COMPANY_NOT_VALIDATED_REPRESENTATIVES COMPANY_INCORRECT_DATA COMPANY_DATA_MISMATCH COMPANY_INACTIVE_ENTITY
COMPANY_PROBLEMATIC_STRUCTURE UNSUITABLE_DOCUMENT OUTDATED_DOCUMENT_VERSION APPLICANT_INTERRUPTED_INTERVIEW DOCUMENT_MISSING UNSUITABLE_ENV
CONNECTION_INTERRUPTED UNSUPPORTED_LANGUAGE THIRD_PARTY_INVOLVED NO_APPLICANT NO_SUITABLE_DOCS NOT_ALONE CONNECTION_ISSUES
CAMERA_OR_LIGHTING_ISSUES SOUND_ISSUES PHONE_VERIFICATION_ISSUES OTHER_VI_ISSUES REFUSED_TO_CONTINUE VIDEO_FILTERS_OR_MASKS
SUPPORTED_LANGUAGE_IS_NOT_AVAILABLE ADDITIONAL_DATA_REQUIRED VI_ATTEMPTS_LIMIT_REACHED BEHAVIOR PERSON_MISMATCH THIRD_PARTY_GUIDANCE
SPONSORED_VERIFICATION ESIGN_FAILED INSUFFICIENT_DATA INCORRECT_PATTERNS OTHER OK FORCED_VERIFICATION LIVENESS_WITH_PHONE DEEPFAKE
SUSPICIOUS_PATTERNS`

func TestEveryDocumentedLabelIsInTheTableAndNoOther(t *testing.T) {
	names := strings.Fields(documented)
	for _, label := range names {
		if _, ok := labels[label]; !ok {
			t.Errorf("label %s is not in the table", label)
		}
	}
	for label, m := range labels {
		if !slices.Contains(names, label) {
			t.Errorf("label %s is not documented", label)
		}
		if m.component != "" && !slices.Contains(Definition.Spec.Components, m.component) {
			t.Errorf("label %s speaks of %q, which the Spec does not name", label, m.component)
		}
		if m.document != "" && theirs[m.document] == "" {
			t.Errorf("label %s asks for %q, which is no document of ours", label, m.document)
		}
	}
}

// Whatever a label says, a final rejection makes what was asked for false or unknown, and something false; a request to
// mend makes nothing true or false.
func TestNoLabelMakesARejectionTrue(t *testing.T) {
	asked := strings.Join(Definition.Spec.Components, " ")
	for _, label := range append(strings.Fields(documented), "SOMETHING_NEW") {
		for _, kind := range []string{final, retry} {
			out, err := Read(heard(asked, opStatus, redStatus(kind, label), opSteps, greenSteps, opAML+"=404", `{}`))
			if err != nil {
				t.Fatalf("%s %s: %v", label, kind, err)
			}
			refused := 0
			for _, f := range out.Findings {
				if f.Result == "true" || f.Result == "false" && kind == retry {
					t.Errorf("%s %s: %s is %s", label, kind, f.Component, f.Result)
				}
				if f.Result == "false" {
					refused++
				}
			}
			if kind == final && (refused == 0 || out.Status != completed) || kind == retry && (len(out.Actions) == 0 || out.Status != "awaiting_subject") {
				t.Errorf("%s %s reads as %s", label, kind, short(out))
			}
			checkWords(t, out)
		}
	}
}

func TestEveryReasonIsOurs(t *testing.T) {
	used := map[string]bool{}
	for _, table := range []map[string]meaning{labels, groups} {
		for _, m := range table {
			used[m.reason] = true
		}
	}
	for _, table := range []map[string]string{faults, lists} {
		for _, reason := range table {
			used[reason] = true
		}
	}
	for reason := range used {
		if _, ok := providers.ReasonText(reason); !ok {
			t.Errorf("reason %q is not in providers.Reasons", reason)
		}
	}
}

func TestEveryDocumentThatCanBeAskedForCanBeHandedIn(t *testing.T) {
	for word, our := range ours {
		if theirs[our] == "" {
			t.Errorf("%s is read as %s, which cannot be handed in", word, our)
		}
	}
	for our, word := range theirs {
		if ours[word] != our {
			t.Errorf("%s is sent as %s, which is read as %q", our, word, ours[word])
		}
	}
}
