/** Training settings: optimizer, schedule, precision, and the plan of steps they lead to. */
package org.lsradapt.training.settings;
