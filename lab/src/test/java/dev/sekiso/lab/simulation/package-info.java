/** Tests of traces and simulations: formats line by line, and no policy above the optimum. */
package dev.sekiso.lab.simulation;
