/** The store's use of MVStore: the database's file, its maps, and a key's record. It does not depend on adapters. */
package org.lsradapt.store.internal;
