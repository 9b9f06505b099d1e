/**
 * Model cards: the {@code README.md} that Hugging Face's hub reads in a folder, in front of it YAML for its search, then
 * Markdown for people. A card says what the files' writer knows; it has no license, no metrics and no path of a machine.
 */
package org.lsradapt.models.internal.cards;
