"""What the specification says a statement is: reading, validation, comparison, and what it can be found by.

Clauses are those of the xAPI 1.0.3 specification ("xAPI Part 2 2.4.2.3"); what is new in IEEE 9274.1.1-2023
(xAPI 2.0) is cited as "IEEE 9274.1.1 4.2.2".
"""
