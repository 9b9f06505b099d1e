/**
 * Words with tags, such as names: {@link org.lsradapt.tasks.tokens.TokenClassifier}.
 */
package org.lsradapt.tasks.tokens;
