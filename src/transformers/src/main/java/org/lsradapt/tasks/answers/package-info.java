/**
 * Answers to questions about passages: {@link org.lsradapt.tasks.answers.AnswerExtractor} finds the words of a passage that answer a question, or
 * says that there are none.
 */
package org.lsradapt.tasks.answers;
