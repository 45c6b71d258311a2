package sumsub

import "golang.org/x/text/language"

// alpha3 returns the ISO 3166 alpha-3 code that the vendor wants for a country in either form, or "" if it is none.
func alpha3(country string) string {
	r, err := language.ParseRegion(country)
	if err != nil || !r.IsCountry() {
		return ""
	}
	return r.ISO3()
}

// alpha2 returns the ISO 3166 alpha-2 code of a country in either form, or "" if it is none.
func alpha2(country string) string {
	r, err := language.ParseRegion(country)
	if err != nil || !r.IsCountry() {
		return ""
	}
	return r.String()
}
