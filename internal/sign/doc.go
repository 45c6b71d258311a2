// Package sign signs decisions and checks what was signed.
//
// A view is cut into parts. Each part is digested in its canonical form (RFC 8785), and the digests are signed with Ed25519.
// So the signature holds whatever blanks, order of members or writing of numbers a copy has; it is the same every time it is
// made; and of a copy that was changed it says which part was.
package sign
