package decision

import "time"

// An Effect is something that must now be true of the world. Effects depend on nothing but the state and the input,
// so the same step gives them again, in the same order: calls first, then what the world and other verifications are told. The set is closed.
type Effect interface{ effect() }

// Call is one call to make at a provider. Operation is the same for every try; (Operation, Kind, Try) is unique.
type Call struct {
	Provider   string
	Check      string
	Attempt    int
	Try        int
	Kind       string // KindSend, KindPoll, KindResubmit, KindErase, KindLink, KindConclude
	Operation  string
	Components []string
	Params     []byte
	Documents  []Document
	Ref        string
	Deadline   time.Time
	Conclusion string // of KindConclude: True, False or Unknown
	Earlier    string // of KindSend: the last Ref of the round before, at this provider
}

// Decide publishes the decision that State.View now shows. A step decides at most once.
type Decide struct {
	Revision int
	Result   string
}

// Ask publishes the actions that State.View now shows.
type Ask struct{ Actions []Action }

// Fail publishes the technical failure that State.View now shows.
type Fail struct{ Class, Reason string }

// Begin asks for the own verifications of associated persons, by their ids in the order of Opened. One that is there already
// takes in that another business needs it.
type Begin struct {
	Persons []string
	Round   int
}

// Tell tells a business, which knows this verification by the id As and has asked Round times again, where it stands.
type Tell struct {
	Parent string
	As     string
	Round  int
	Word   Word
}

// Release tells a person's verification that this business does not need it any more.
type Release struct {
	Person string
	Erase  bool
}

// Forget has the person erased, since the businesses that needed them are.
type Forget struct{}

// Gone publishes that the person is erased.
type Gone struct{}

func (Call) effect()    {}
func (Decide) effect()  {}
func (Ask) effect()     {}
func (Fail) effect()    {}
func (Gone) effect()    {}
func (Begin) effect()   {}
func (Tell) effect()    {}
func (Release) effect() {}
func (Forget) effect()  {}

// The words of calls and answers. They are the words of package events.
const (
	KindSend     = "send"
	KindPoll     = "poll"
	KindResubmit = "resubmit"
	KindErase    = "erase"
	KindLink     = "link"
	KindConclude = "conclude"
	KindRemap    = "remap" // no call: kept bytes were read again

	AnswerCompleted = "completed"
	AnswerPending   = "pending"
	AnswerAwaiting  = "awaiting_subject"
	AnswerInReview  = "in_review"
	AnswerRetry     = "retry"
	AnswerFailed    = "failed"
	AnswerErased    = "erased"
)

// The words of results.
const (
	True    = "true"
	False   = "false"
	Flagged = "flagged"
	Unknown = "unknown"
	Missing = "missing" // only in Facts: no finding yet
)
