/**
 * The doors of the server: a class per door reads requests in the shape that its clients speak, uses a model, and shapes the answer.
 * {@link org.lsradapt.server.internal.doors.Dispatcher} chooses the door and runs it.
 */
package org.lsradapt.server.internal.doors;
