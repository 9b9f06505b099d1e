/** The store's use of MVStore: the database's file, its maps, and a key's record. Knows no adapters. */
package org.lsradapt.store.internal;
