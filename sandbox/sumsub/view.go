package sumsub

import (
	"strconv"
)

// The vendor writes two time layouts into one object.
const (
	layoutShort = "2006-01-02 15:04:05"
	layoutZone  = "2006-01-02 15:04:05-0700"
	layoutMs    = "2006-01-02 15:04:05.000"
)

// applicantView is an applicant on the wire.
type applicantView struct {
	ID                string              `json:"id"`
	CreatedAt         string              `json:"createdAt"`
	Key               string              `json:"key"`
	ClientID          string              `json:"clientId"`
	InspectionID      string              `json:"inspectionId"`
	ExternalUserID    string              `json:"externalUserId"`
	SourceKey         string              `json:"sourceKey,omitzero"`
	Info              info                `json:"info"`
	FixedInfo         info                `json:"fixedInfo,omitzero"`
	Email             string              `json:"email,omitzero"`
	Phone             string              `json:"phone,omitzero"`
	ApplicantPlatform string              `json:"applicantPlatform"`
	Agreement         *agreement          `json:"agreement,omitzero"`
	RequiredIDDocs    requiredView        `json:"requiredIdDocs"`
	Review            reviewView          `json:"review"`
	Lang              string              `json:"lang"`
	Type              string              `json:"type"`
	Metadata          []pair              `json:"metadata,omitempty"`
	RiskLabels        map[string][]string `json:"riskLabels"`
	Questionnaires    []string            `json:"questionnaires"`
	Notes             []string            `json:"notes"`
	Tags              []string            `json:"tags"`
	MemberOf          []memberView        `json:"memberOf,omitempty"`
	Deleted           bool                `json:"deleted,omitzero"`
}

type memberView struct {
	ApplicantID string `json:"applicantId"`
}

type requiredView struct {
	DocSets []docSetView `json:"docSets"`
}

type docSetView struct {
	Set   string   `json:"idDocSetType"`
	Types []string `json:"types,omitempty"`
}

// reviewView is a review on the wire; it is also the whole answer of …/status.
type reviewView struct {
	ReviewID              string   `json:"reviewId"`
	AttemptID             string   `json:"attemptId"`
	AttemptCnt            int      `json:"attemptCnt"`
	ElapsedSincePendingMs *int64   `json:"elapsedSincePendingMs,omitzero"`
	ElapsedSinceQueuedMs  *int64   `json:"elapsedSinceQueuedMs,omitzero"`
	Reprocessing          bool     `json:"reprocessing,omitzero"`
	LevelName             string   `json:"levelName"`
	LevelAutoCheckMode    *string  `json:"levelAutoCheckMode"`
	CreateDate            string   `json:"createDate"`
	ReviewDate            string   `json:"reviewDate,omitzero"`
	ReviewResult          *verdict `json:"reviewResult,omitzero"`
	ReviewStatus          string   `json:"reviewStatus"`
	Priority              int      `json:"priority"`
}

func (a *applicant) view(clientID string) applicantView {
	v := applicantView{
		ID: a.id, CreatedAt: a.createdAt.UTC().Format(layoutShort), Key: a.key, ClientID: clientID,
		InspectionID: a.inspectionID, ExternalUserID: a.externalUserID, SourceKey: a.sourceKey,
		Info: a.info, FixedInfo: a.fixedInfo, Email: a.email, Phone: a.phone, ApplicantPlatform: a.platform,
		Agreement: a.agreement, Review: a.review.view(a.level.Name), Lang: a.lang, Type: a.kind, Metadata: a.metadata,
		RiskLabels: a.riskLabels, Questionnaires: []string{}, Notes: []string{}, Tags: a.tags,
		MemberOf: a.membership(), Deleted: a.deleted,
	}
	for _, s := range a.level.Steps {
		v.RequiredIDDocs.DocSets = append(v.RequiredIDDocs.DocSets, docSetView{s.Set, s.Types})
	}
	return v
}

func (a *applicant) membership() []memberView {
	var of []memberView
	for _, c := range a.memberOf {
		of = append(of, memberView{c.id})
	}
	return of
}

func (r *review) view(level string) reviewView {
	v := reviewView{
		ReviewID: r.reviewID, AttemptID: r.attemptID, AttemptCnt: r.attempts, Reprocessing: r.reprocessing,
		LevelName: level, CreateDate: r.created.UTC().Format(layoutZone), ReviewResult: r.result, ReviewStatus: r.status,
	}
	if !r.reviewed.IsZero() {
		v.ReviewDate = r.reviewed.UTC().Format(layoutZone)
	}
	if r.attempts > 0 {
		v.ElapsedSincePendingMs = new((r.now() - r.pendingSince).Milliseconds())
	}
	if r.queuedSince > 0 {
		v.ElapsedSinceQueuedMs = new((r.now() - r.queuedSince).Milliseconds())
	}
	return v
}

// stepView is one step of requiredIdDocsStatus; a step without anything is null.
type stepView struct {
	ReviewResult       *verdict            `json:"reviewResult,omitzero"`
	Country            string              `json:"country,omitzero"`
	IDDocType          string              `json:"idDocType,omitzero"`
	ImageIDs           []int64             `json:"imageIds,omitempty"`
	ImageReviewResults map[string]*verdict `json:"imageReviewResults"`
	Forbidden          bool                `json:"forbidden"`
	DoubleSided        bool                `json:"doubleSided,omitzero"`
	StepStatuses       *string             `json:"stepStatuses"`
}

func (a *applicant) stepsView() map[string]*stepView {
	all := make(map[string]*stepView, len(a.level.Steps))
	for _, s := range a.level.Steps {
		all[s.Set] = a.stepView(s)
	}
	return all
}

func (a *applicant) stepView(s Step) *stepView {
	images := a.stepImages(s)
	if len(images) == 0 && (len(s.Types) > 0 || !a.completed(s)) {
		return nil
	}
	v := &stepView{ReviewResult: a.steps[s.Set], ImageReviewResults: map[string]*verdict{}}
	for _, m := range images {
		v.Country, v.IDDocType, v.DoubleSided = m.doc.Country, m.doc.IDDocType, doubleSided[m.doc.IDDocType]
		v.ImageIDs = append(v.ImageIDs, m.id)
		if m.verdict != nil {
			v.ImageReviewResults[strconv.FormatInt(m.id, 10)] = m.verdict.public()
		}
	}
	return v
}

// public returns the verdict as images and steps show it: without button ids.
func (v *verdict) public() *verdict {
	shown := *v
	shown.ButtonIDs = nil
	return &shown
}
