/**
 * Commands that train or prepare a training: {@code finetune}, also with an adapter per key, {@code suite} and {@code plan}.
 *
 * <p>Not API; only for this program.
 */
package org.lsradapt.cli.training;
