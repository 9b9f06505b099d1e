/**
 * Classes and numbers of texts: {@link org.lsradapt.tasks.classification.TextClassifier} and
 * {@link org.lsradapt.tasks.classification.TextRegressor}, and what other models with one head for a whole input share with them.
 * {@link org.lsradapt.tasks.classification.Ensemble} averages several, {@link org.lsradapt.tasks.classification.KeyTrainer} trains one for each
 * user.
 */
package org.lsradapt.tasks.classification;
