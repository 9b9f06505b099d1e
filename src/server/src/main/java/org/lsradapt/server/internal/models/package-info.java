/**
 * The models that a server offers by name: the base model, adapters in folders, and adapters of a store. Adapters come, change and go
 * while requests are computed.
 */
package org.lsradapt.server.internal.models;
