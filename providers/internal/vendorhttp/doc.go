// Package vendorhttp calls vendors over HTTP: bounded, classified and silent. What it reads is limited before it is read,
// every failure has a class (package fault), and no error repeats anything that was sent or received: not the URL, not a
// header, not a byte of a body.
package vendorhttp
