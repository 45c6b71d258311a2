package sumsub

import (
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// act is one thing that happens to an applicant who waits for the check.
type act int

const (
	actExtract  act = iota // the data is read from the documents
	actQueue               // the checks begin
	actPrecheck            // the first pass is done
	actHold                // an officer has to look
	actDecide              // the verdict
)

// beat is an act and how long after the one before it happens, in vendor time.
type beat struct {
	after  time.Duration
	do     act
	ending ending
}

// ending is a verdict and what comes with it.
type ending struct {
	verdict    verdict
	front      *verdict // of the front image of the identity document, if it is at fault
	forged     bool     // the identity document as a whole is at fault
	listed     bool     // a sanctions list names the applicant
	overturns  bool     // takes an earlier verdict back and leaves the steps as they were
	riskLabels map[string][]string
}

// The pace of a check, in vendor time.
const (
	untilExtract = 59 * time.Millisecond
	untilQueue   = 2 * time.Second
	untilFirst   = time.Second     // from queued to prechecked
	untilVerdict = 3 * time.Second // from prechecked to the verdict
	untilRevoked = 3 * time.Second // from onHold to the verdict that revokes
)

// plan returns what happens after an attempt is asked for. blurred says whether
// the image that the retry story refuses is still the one to be judged, wrong
// whether what is claimed has yet to be corrected.
func plan(s sandbox.Story, blurred, wrong bool) []beat {
	beats := []beat{
		{after: untilExtract, do: actExtract},
		{after: untilQueue, do: actQueue},
		{after: untilFirst, do: actPrecheck},
	}
	if s.Never {
		return beats
	}
	wait := untilVerdict
	if s.Slow {
		wait += sandbox.SlowDelay
	}
	if wrong {
		return append(beats, beat{after: wait, do: actDecide, ending: mistyped()})
	}
	switch s.Outcome {
	case sandbox.Unknown:
		return append(beats, beat{after: wait, do: actHold})
	case sandbox.Reversal:
		return append(beats,
			beat{after: wait, do: actDecide, ending: approved()},
			beat{after: sandbox.ReversalDelay, do: actHold},
			beat{after: untilRevoked, do: actDecide, ending: revoked()})
	}
	return append(beats, beat{after: wait, do: actDecide, ending: endingOf(s.Outcome, blurred)})
}

func endingOf(o sandbox.Outcome, blurred bool) ending {
	switch {
	case o == sandbox.Reject:
		return forged()
	case o == sandbox.Retry && blurred:
		return unreadable()
	case o == sandbox.Flag:
		e := approved()
		e.riskLabels = map[string][]string{"document": {"maybeExpiredDoc"}}
		return e
	case o == sandbox.Sanctions:
		return sanctioned()
	}
	return approved()
}

func approved() ending { return ending{verdict: verdict{Answer: green}} }

func forged() ending {
	return ending{forged: true, verdict: verdict{
		ModerationComment: "We could not verify your profile. If you have any questions, please contact ${clientSupportEmail}.",
		ClientComment:     "The document is forged.",
		Answer:            red, RejectLabels: []string{"FORGERY"}, RejectType: final, ButtonIDs: []string{"fake_forgedDocument"},
	}}
}

func unreadable() ending {
	image := verdict{
		ModerationComment: "The photo of the front side is blurred. Please upload a sharper photo.",
		ClientComment:     "Blurred photo of the front side.",
		Answer:            red, RejectLabels: []string{"UNSATISFACTORY_PHOTOS"}, RejectType: retryable,
		ButtonIDs: []string{"badPhoto_lowQuality"},
	}
	whole := image
	whole.ModerationComment = "Please upload the photos of your document again."
	return ending{front: &image, verdict: whole}
}

// mistyped leaves the documents as they are: it is the claim that does not match.
func mistyped() ending {
	return ending{verdict: verdict{
		ModerationComment: "Please check the data that you have entered.",
		ClientComment:     "The data does not match the document.",
		Answer:            red, RejectLabels: []string{"PROBLEMATIC_APPLICANT_DATA"}, RejectType: retryable, ButtonIDs: []string{"dataMismatch_fullName"},
	}}
}

func sanctioned() ending {
	return ending{listed: true, verdict: verdict{
		ModerationComment: "We could not verify your profile. If you have any questions, please contact ${clientSupportEmail}.",
		ClientComment:     "Found on a sanctions list.",
		Answer:            red, RejectLabels: []string{"SANCTIONS"}, RejectType: final, ButtonIDs: []string{},
	}}
}

func revoked() ending {
	return ending{overturns: true, verdict: verdict{
		ClientComment: "Found on the blocklist.",
		Answer:        red, RejectLabels: []string{"BLOCKLIST"}, RejectType: final, ButtonIDs: []string{},
	}}
}

// unverified is a company's verdict when one of its people is rejected.
func unverified() ending {
	return ending{overturns: true, verdict: verdict{
		ClientComment: "A beneficiary of the company is rejected.",
		Answer:        red, RejectType: final, ButtonIDs: []string{},
		RejectLabels: []string{"COMPANY_PROBLEMATIC_STRUCTURE", "COMPANY_NOT_VALIDATED_BENEFICIARIES"},
	}}
}
