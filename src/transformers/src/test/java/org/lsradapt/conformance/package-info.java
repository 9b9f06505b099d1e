/**
 * The conformance kit of {@code docs/conformance}: makes its vectors, and runs the library itself as a port against
 * them. Case classes make what ports get, operation classes what the library answers; {@code docs/conformance/SPEC.md}
 * says what both mean.
 */
package org.lsradapt.conformance;
