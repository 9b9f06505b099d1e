/** Classification heads over sequences, tokens and spans, their losses, and the objectives that train them. */
package org.lsradapt.objectives.heads;
