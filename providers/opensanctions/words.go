package opensanctions

// weight is what it means to be on a list.
type weight int

const (
	harmless weight = iota // says something about somebody, and nothing against them
	care                   // somebody must look
	forbids                // business is forbidden
)

// topic is one of the vendor's risk tags in our words.
type topic struct {
	weight weight
	code   string // of providers.Reasons; "" when harmless
}

// topics is the whole of the vendor's vocabulary of risk. What is not here is taken as care, and counted.
var topics = map[string]topic{
	"sanction":              {forbids, "sanctions_hit"},
	"asset.frozen":          {forbids, "sanctions_hit"},
	"sanction.linked":       {care, "possible_list_match"},
	"sanction.counter":      {care, "possible_list_match"},
	"export.control":        {care, "possible_list_match"},
	"export.control.linked": {care, "possible_list_match"},
	"export.risk":           {care, "possible_list_match"},
	"invest.ban":            {care, "possible_list_match"},
	"invest.risk":           {care, "possible_list_match"},
	"debarment":             {care, "blocklisted"},
	"poi":                   {care, "possible_list_match"},

	"wanted":               {forbids, "criminal_record_hit"},
	"crime.terror":         {forbids, "criminal_record_hit"},
	"crime":                {care, "criminal_record_hit"},
	"crime.boss":           {care, "criminal_record_hit"},
	"crime.cyber":          {care, "criminal_record_hit"},
	"crime.env":            {care, "criminal_record_hit"},
	"crime.fin":            {care, "criminal_record_hit"},
	"crime.fraud":          {care, "criminal_record_hit"},
	"crime.theft":          {care, "criminal_record_hit"},
	"crime.traffick":       {care, "criminal_record_hit"},
	"crime.traffick.drug":  {care, "criminal_record_hit"},
	"crime.traffick.human": {care, "criminal_record_hit"},
	"crime.war":            {care, "criminal_record_hit"},
	"forced.labor":         {care, "criminal_record_hit"},

	"role.pep":      {care, "pep_hit"},
	"role.rca":      {care, "pep_hit"}, // a relative or close associate of one
	"role.pol":      {care, "pep_hit"},
	"role.oligarch": {care, "pep_hit"},
	"role.spy":      {care, "possible_list_match"},

	"reg.action":    {care, "adverse_media_hit"},
	"reg.warn":      {care, "adverse_media_hit"},
	"corp.disqual":  {care, "blocklisted"},
	"corp.shell":    {care, "company_structure_unclear"},
	"corp.offshore": {care, "company_structure_unclear"},

	"corp.public": {}, "fin": {}, "fin.bank": {}, "fin.fund": {}, "fin.adivsor": {}, "mare.detained": {}, "mare.shadow": {}, "mare.sts": {},
	"gov": {}, "gov.admin": {}, "gov.executive": {}, "gov.financial": {}, "gov.head": {}, "gov.igo": {}, "gov.judicial": {},
	"gov.legislative": {}, "gov.muni": {}, "gov.national": {}, "gov.religion": {}, "gov.security": {}, "gov.soe": {}, "gov.state": {},
	"mil": {}, "pol.party": {}, "pol.union": {}, "rel": {}, "role.acct": {}, "role.act": {}, "role.civil": {}, "role.diplo": {},
	"role.journo": {}, "role.judge": {}, "role.lawyer": {}, "role.lobby": {},
}

// relations say how a total is meant: exactly so many, or at least.
var relations = map[string]bool{"eq": true, "gte": true}

// says is the reasoning in our words.
func says(result string) string {
	switch result {
	case "true":
		return "OpenSanctions has no hit."
	case "false":
		return "OpenSanctions has a hit on a list that forbids."
	case "flagged":
		return "OpenSanctions has a hit that someone must look at."
	}
	return "OpenSanctions could not tell."
}
