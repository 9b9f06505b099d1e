/** HTTP/1.1 by Netty: connections, limits, server-sent events and failures. Knows nothing of models. */
package org.lsradapt.server.internal.http;
