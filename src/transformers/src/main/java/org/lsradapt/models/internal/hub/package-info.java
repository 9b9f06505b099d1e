/** Models that other programs have downloaded from Hugging Face's hub. Depends on JSON files alone; reaches no network. */
package org.lsradapt.models.internal.hub;
